package busybox

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// setcap is libcap's: "setcap CAPABILITIES FILE…" in pairs, and "setcap -r FILE".
func setcap(c *Call) (int, error) {
	args := c.Args[1:]
	for len(args) > 0 && args[0] == "-q" {
		args = args[1:]
	}
	if len(args) < 2 || len(args)%2 != 0 {
		return 0, c.Unsupported(c.Line, "setcap is supported for pairs of capabilities and a file only")
	}
	for ; len(args) > 0; args = args[2:] {
		var value []byte
		if args[0] != "-r" {
			var ok bool
			if value, ok = parseCapabilities(args[0]); !ok {
				return 0, c.Unsupported(c.Line, "setcap %s is not supported", args[0])
			}
		}
		n, err := c.look(args[1], true)
		switch {
		case err != nil:
			return c.complain("failed to set capabilities on file '%s': %s", args[1], Reason(err)), nil
		case n.Type != tree.Regular:
			return c.complain("failed to set capabilities on file '%s': Invalid argument", args[1]), nil
		case c.Tree.Credentials().UID != 0:
			return c.complain("failed to set capabilities on file '%s': %s", args[1], tree.ErrNotPermit), nil
		case value == nil:
			delete(n.Xattrs, tree.CapabilityXattr)
			continue
		}
		if n.Xattrs == nil {
			n.Xattrs = make(map[string]string)
		}
		n.Xattrs[tree.CapabilityXattr] = string(value)
	}
	return 0, nil
}

// parseCapabilities makes the value of tree.CapabilityXattr (linux/capability.h, struct vfs_cap_data of revision 2). It reads
// cap_from_text(3)'s form: clauses of names between commas, or "all" or nothing for all, each with "=", "+" or "-" and letters
// of the sets.
func parseCapabilities(text string) ([]byte, bool) {
	var permitted, inheritable, effective uint64
	for clause := range strings.FieldsSeq(text) {
		at := strings.IndexAny(clause, "=+-")
		if at < 0 {
			return nil, false
		}
		var mask uint64
		for name := range strings.SplitSeq(clause[:at], ",") {
			short, isName := strings.CutPrefix(strings.ToLower(name), "cap_")
			i := slices.Index(capabilityNames(), short)
			switch {
			case strings.EqualFold(name, "all"), name == "" && clause[at] == '=' && at == 0:
				mask = 1<<len(capabilityNames()) - 1
			case isName && i >= 0:
				mask |= 1 << i
			default:
				return nil, false
			}
		}
		for rest := clause[at:]; rest != ""; {
			operator := rest[0]
			letters := len(rest[1:]) - len(strings.TrimLeft(rest[1:], "pie"))
			if strings.IndexByte("=+-", operator) < 0 {
				return nil, false
			}
			if operator == '=' {
				permitted, inheritable, effective = permitted&^mask, inheritable&^mask, effective&^mask
			}
			for _, letter := range rest[1 : 1+letters] {
				set := map[rune]*uint64{'p': &permitted, 'i': &inheritable, 'e': &effective}[letter]
				if operator == '-' {
					*set &^= mask
				} else {
					*set |= mask
				}
			}
			rest = rest[1+letters:]
		}
	}
	// A file has one bit for all that are effective: they are those permitted or inheritable.
	if effective != 0 && effective != permitted|inheritable {
		return nil, false
	}
	const revision = 0x02000000
	value := binary.LittleEndian.AppendUint32(nil, uint32(revision|oneIf(effective != 0)))
	for shift := 0; shift < 64; shift += 32 {
		value = binary.LittleEndian.AppendUint32(value, uint32(permitted>>shift))
		value = binary.LittleEndian.AppendUint32(value, uint32(inheritable>>shift))
	}
	return value, true
}

// capabilityNames are Linux' by number, without "cap_".
func capabilityNames() []string {
	return []string{
		"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable",
		"net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot",
		"sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease",
		"audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read",
		"perfmon", "bpf", "checkpoint_restore",
	}
}

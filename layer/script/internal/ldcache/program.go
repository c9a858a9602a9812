package ldcache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lamina-oci/lamina/layer/script/internal/elf"
)

// Program is what is known of a program ldconfig.
type Program struct {
	Generator string   // as it calls itself in a cache
	Minor     int      // of glibc's version 2.Minor
	Dirs      []string // absolute paths of the directories that it always looks into, in order
	Machine   elf.Machine
	Order     binary.ByteOrder
}

// oldest is the minor number of the oldest version of glibc whose cache is known: 2.36 no longer notes the version of the kernel that
// a library needs.
const oldest = 36

// Compiled when they are needed, for repetitions of up to 200 take longer than the start of all else.
var (
	generatorText = compiled(`\x00(ldconfig [^\x00\n]{0,200}release version 2\.([0-9]{1,4})[^\x00\n]{0,20})\x00`)
	systemDirs    = compiled(`\x00((?:/[A-Za-z0-9_+.-]+)*/lib[A-Za-z0-9_+./-]*/(?:\x00/[A-Za-z0-9_+./-]*lib[A-Za-z0-9_+./-]*/)*)\x00`)
)

func compiled(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// ReadProgram reads an ldconfig. It has the dynamic linker's own list of directories, too, since it is linked statically.
func ReadProgram(program []byte) (*Program, error) {
	p, h, err := readHeader(program)
	if err != nil {
		return nil, fmt.Errorf("it is no ELF program: %w", err)
	}
	p.Machine = h.machine
	found := generatorText().FindSubmatch(program)
	if found == nil {
		return nil, errors.New("it does not have its version as that of glibc 2.33 and later has")
	}
	p.Generator = string(found[1])
	p.Minor, _ = strconv.Atoi(string(found[2]))
	switch {
	case p.Minor < oldest:
		return nil, fmt.Errorf("glibc 2.%d is not supported: want 2.%d or later", p.Minor, oldest)
	case machines[p.Machine] == nil || p.Machine != elf.EM_X86_64 && p.Minor == oldest:
		return nil, fmt.Errorf("glibc 2.%d for ELF machine %d is not supported", p.Minor, p.Machine)
	}
	found = systemDirs().FindSubmatch(program)
	if found == nil {
		return nil, errors.New("it does not have the dynamic linker's list of directories")
	}
	dirs := strings.Split(string(found[1]), "\x00")
	for _, other := range systemDirs().FindAllSubmatch(program, -1) {
		if !bytes.Equal(other[1], found[1]) {
			return nil, fmt.Errorf("it has several lists of directories: %q, %q", found[1], other[1])
		}
	}
	p.Dirs = p.systemDirectories(dirs)
	return p, nil
}

// systemDirectories returns the directories that ldconfig makes of those of the dynamic linker. Debian's have the name of the machine,
// and are taken as they are. Elsewhere each stands for those of all ABIs (glibc's add_system_dir).
func (p *Program) systemDirectories(trusted []string) []string {
	var dirs []string
	add := func(dir string) {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	isMultiarch := strings.Contains(strings.Join(trusted, " "), "-linux-gnu")
	for _, dir := range trusted {
		dir = strings.TrimRight(dir, "/")
		if isMultiarch {
			add(dir)
			continue
		}
		suffixes := machines[p.Machine].suffixes
		for _, suffix := range suffixes {
			if above, ok := strings.CutSuffix(dir, "/lib"+suffix); ok {
				dir = above + "/lib"
				break
			}
		}
		add(dir)
		if strings.HasSuffix(dir, "/lib") {
			for _, suffix := range suffixes {
				add(dir + suffix)
			}
		}
	}
	return dirs
}

// IsLegacyHwcap reports whether this ldconfig looks into a directory of that name for the libraries of some processors.
func (p *Program) IsLegacyHwcap(name string) bool {
	return p.Minor == oldest && slices.Contains([]string{"tls", "haswell", "xeon_phi", "sse2", "x86_64", "avx512_1"}, name)
}

// IsLibrary reports whether a name is one that ldconfig takes for a library's or the dynamic linker's.
func IsLibrary(name string) bool {
	return (strings.HasPrefix(name, "lib") || strings.HasPrefix(name, "ld-")) && strings.Contains(name, ".so") ||
		strings.HasPrefix(name, "ld.so.") || strings.HasPrefix(name, "ld64.so.")
}

// IsTemporary reports whether a name is one that a package manager or prelink uses while it writes. It is an error where versions differ.
func (p *Program) IsTemporary(name string) (bool, error) {
	if i := len(name) - len(".#prelink#.XXXXXX"); strings.HasSuffix(name, ".#prelink#") || i >= 0 && strings.HasPrefix(name[i:], ".#prelink#.") {
		return true, nil
	}
	if strings.Contains(name, ";") || strings.HasSuffix(name, ".dpkg-new") || strings.HasSuffix(name, ".dpkg-tmp") {
		if p.Minor < 39 {
			return false, fmt.Errorf("glibc 2.%d may take %s for a library, or not", p.Minor, name)
		}
		return true, nil
	}
	return false, nil
}

// machine is what ldconfig of a machine does.
type machine struct {
	suffixes []string // of "lib" in the directories that it looks into
	flags    func(h *header) (uint32, error)
}

const (
	flagELF     = 1
	flagLibc6   = 3
	flagX8664   = 0x0300
	flagS390    = 0x0400
	flagPower   = 0x0500
	flagX32     = 0x0800
	flagARMHard = 0x0900
	flagAArch64 = 0x0a00
	flagARMSoft = 0x0b00
	flagRISCV   = 0x1000 // double-float; soft-float is one less
	flagLoong   = 0x1200 // double-float; soft-float is one less
)

// errSkipped ends the reading of a library that ldconfig leaves out without a word.
var errSkipped = errors.New("the library is left out")

var machines = map[elf.Machine]*machine{
	elf.EM_X86_64: {[]string{"64", "x32"}, func(h *header) (uint32, error) {
		switch {
		case h.machine == elf.EM_X86_64 && h.is64:
			return flagX8664 | flagLibc6, nil
		case h.machine == elf.EM_X86_64:
			return flagX32 | flagLibc6, nil
		case h.machine == elf.EM_386 && !h.is64:
			return 0, nil
		}
		return 0, &MessageError{fmt.Sprintf("%%s is for unknown machine %d.\n", uint16(h.machine)), true}
	}},
	elf.EM_AARCH64: {[]string{"64", "ilp32"}, func(h *header) (uint32, error) {
		switch {
		case h.is64:
			return flagAArch64 | flagLibc6, nil
		case h.flags&0xff000000 != 0x05000000: // EABI version 5
			return 0, nil
		case h.flags&0x400 != 0:
			return flagARMHard | flagLibc6, nil
		case h.flags&0x200 != 0:
			return flagARMSoft | flagLibc6, nil
		}
		return flagLibc6, nil
	}},
	elf.EM_PPC64: {[]string{"64"}, sixtyFour(flagPower | flagLibc6)},
	elf.EM_S390:  {[]string{"64"}, sixtyFour(flagS390 | flagLibc6)},
	elf.EM_RISCV: {[]string{"64/lp64d", "64/lp64", "32/ilp32d", "32/ilp32"}, floats(flagRISCV, 6, 4, 0, 7)},
	elf.EM_LOONGARCH: {[]string{"64", "64/sf"}, func(h *header) (uint32, error) {
		h.flags &^= 0x40 // the version of the object format
		return floats(flagLoong, 7, 3, 1, 7)(h)
	}},
}

// sixtyFour gives 64-bit libraries flags.
func sixtyFour(flags uint32) func(*header) (uint32, error) {
	return func(h *header) (uint32, error) {
		if !h.is64 {
			return 0, nil
		}
		return flags, nil
	}
}

// floats gives libraries flags by the ABI of floating point: double, or one less for soft. A library with flags outside those that are
// known is left out.
func floats(flags, mask, double, soft, known uint32) func(*header) (uint32, error) {
	return func(h *header) (uint32, error) {
		switch {
		case h.flags&^known != 0:
		case h.flags&mask == double:
			return flags | flagLibc6, nil
		case h.flags&mask == soft:
			return flags - 0x100 | flagLibc6, nil
		}
		return 0, errSkipped
	}
}

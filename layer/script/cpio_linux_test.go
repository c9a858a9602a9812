package script

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// listed prints what is below directories, but for their sizes and times.
const listed = `r() { find "$@" -type d -exec stat -c '%n %F %a %u:%g' {} + | sort; find "$@" ! -type d -exec stat -c '%n %F %a %u:%g %s %h %N' {} + | sort; }; `

// TestCpio makes, lists and extracts archives, and copies files.
func TestCpio(t *testing.T) {
	compareWithBusybox(t, batches(strings.ReplaceAll(`
@ find . ! -name '*new*' | sort | cpio -o -H newc > /tmp/x; cpio -t < /tmp/x; echo $?; cpio -tv < /tmp/x | grep -v '^d'; rm /tmp/x
@ find . ! -name '*new*' | sort | cpio -o -H newc > /tmp/x; mkdir /tmp/o; cd /tmp/o; cpio -i < /tmp/x; echo $?; r .; cpio -id < /tmp/x; echo $?; rm -r /tmp/o /tmp/x
@ find . ! -name '*new*' | sort | cpio -o -H newc > /tmp/x; mkdir /tmp/o; cd /tmp/o; cpio -idm < /tmp/x; cpio -iduvm < /tmp/x; r .; rm -r /tmp/o /tmp/x
@ find . ! -name '*new*' | sort | cpio -pdm /tmp/o; echo $?; r /tmp/o; find . ! -name '*new*' | sort | cpio -pdmu /tmp/o; r /tmp/o; rm -r /tmp/o
@ find dir | sort | cpio -pd /tmp/o; find dir | sort | cpio -p /tmp/o; echo one | cpio -p /tmp/no; echo $?; mkdir /tmp/o2; find . -type f ! -name '*new*' | sort | cpio -p /tmp/o2; echo $?; rm -r /tmp/o*
@ find . -print0 | sort -z | cpio -0pdm /tmp/o; r /tmp/o; find dir -depth | sort -r | cpio -pdmR 5:6 /tmp/o3; r /tmp/o3; find dir | sort | cpio -pdmR nobody /tmp/o4; r /tmp/o4; rm -r /tmp/o*
@ find . -type f ! -name '*new*' | sort | cpio -pdv /tmp/o 'd*' one; r /tmp/o; find . | cpio -pd -R nosuch /tmp/o5; echo $?; rm -r /tmp/o*
printf '%s\n' one nosuch two hard dir/inner | cpio -pd /tmp/o 2>/dev/null; echo $?; find /tmp/o | sort; rm -r /tmp/o; printf '%s\n' one nosuch suid | cpio -o -H newc 2>/dev/null | cpio -t
printf '%s\n' ./one .//two ././dir ./. ../w/link ..//w/./one dir/ . .. ./ | cpio -o -H newc | cpio -t; printf '%s\n' '' one '' | cpio -o -H newc | cpio -t
printf '%s\n' /w/one //w/suid | cpio -o -H newc | cpio -t; printf '' | cpio -o -H newc | wc -c; printf '' | cpio -t; echo $?; echo x | cpio -t; echo $?; cpio -t < /etc/passwd; echo $?
cpio -tF nosuch; echo $?; echo one | cpio -oF /tmp/y -H newc; echo $?; cpio -tF /tmp/y; head -c 115 /tmp/y | cpio -t; echo $?; head -c 30 /tmp/y | cpio -i; echo $?; rm /tmp/y
echo one | cpio -o -H newc > /tmp/y; sed s/070701/070702/ /tmp/y | cpio -t; sed s/070701/070707/ /tmp/y | cpio -t; echo $?; echo two | cpio -o -H newc >> /tmp/y; cpio -t < /tmp/y; rm /tmp/y
mkdir -p /tmp/o/link /tmp/o/one; touch -d @5 /tmp/o/*; echo link | cpio -p /tmp/o; echo $?; echo one | cpio -p /tmp/o; echo $?; echo one | cpio -pu /tmp/o; echo $?; rm -r /tmp/o
@ mkdir -p /tmp/o/fifo; touch -d @5 /tmp/o/fifo; echo fifo | cpio -p /tmp/o; echo $?; r /tmp/o; echo dir/link | cpio -p /tmp/o; echo $?; echo dir/sub | cpio -p /tmp/o; echo $?; rm -r /tmp/o
@ mkdir /tmp/o; echo x > /tmp/o/dir; printf 'dir\ndir/inner\n' | cpio -pd /tmp/o; echo $?; printf 'dir\ndir/inner\n' | cpio -pdu /tmp/o; echo $?; r /tmp/o; rm -r /tmp/o
@ ln two h3; ln one o1; touch z; ln z z2; ln z z3; printf '%s\n' two one h3 z3 hard o1 z z2 suid | cpio -ov -H newc > /tmp/x; cpio -t < /tmp/x; mkdir /tmp/o; cd /tmp/o; cpio -idm < /tmp/x; r .; cpio -idm < /tmp/x; cpio -idmu < /tmp/x; r .; rm /w/h3 /w/z*
@ cd /tmp/o; rm *; cpio -i two < /tmp/x; cpio -i hard < /tmp/x; echo $?; cpio -i 'z*' < /tmp/x; r .; cpio -i h3 < /tmp/x; echo $?; cpio -iv suid h3 < /tmp/x; r .; rm *; cpio -i hard < /tmp/x; echo $?; rm -r /tmp/o /tmp/x
umask 077; echo dir/sub/deep | cpio -pdm /tmp/o; stat -c '%n %a' /tmp/o /tmp/o/* /tmp/o/*/*; umask 0; printf 'dir\ndir/sub/deep\n' | cpio -pdm /tmp/o2;  stat -c '%n %a' /tmp/o2 /tmp/o2/* /tmp/o2/*/*; rm -r /tmp/o*
echo link | cpio -oL -H newc | cpio -t; echo dirlink | cpio -oL -H newc | cpio -tv | cut -c1-10; printf 'dirlink/inner\n' | cpio -pd /tmp/o3; find /tmp/o3; printf 'dirlink\ndirlink/inner\n' | cpio -pd /tmp/o4; echo $?; find /tmp/o4; rm -r /tmp/o*
find dir | sort | cpio --create --format=newc --owner=3:4 | cpio --list --verbose | cut -c1-20; find dir | sort | cpio -o -H newc --quiet | gzip | gunzip | cpio -it --quiet
cpio; cpio -io; cpio -o < one; cpio -o -H odc < one; cpio -Q; cpio --dereference
`, "@ ", listed)))
}

// TestRandomCopiesOfCpio copies random files into directories that have some of them.
func TestRandomCopiesOfCpio(t *testing.T) {
	compareRandom(t, 60, func(r *rand.Rand) string {
		name := func() string { return oneOf(r, "a", "b", "c", "d", "d/a", "d/b", "e/f", "e/f/g", "e", ".h", "l") }
		thing := func() string {
			at := name()
			return oneOf(r, "mkdir -p "+at, "mkdir -p "+at, "echo "+name()+" > "+at, "ln -s "+name()+" "+at, "ln "+name()+" "+at, "mkfifo p", "true > "+at) + oneOf(r, "", "; chmod "+oneOf(r, "600", "755", "4711", "2775")+" "+at, "; touch -h -d @"+oneOf(r, "5", "1500000000")+" "+at, "; chown -h 3:4 "+at)
		}
		things := func() string {
			list := []string{"mkdir -p d e/f"}
			for range 1 + r.IntN(7) {
				list = append(list, thing())
			}
			return strings.Join(list, "; ") + "; find . -exec touch -h -d @" + oneOf(r, "7", "1000000000") + " {} +; touch -ch -d @500 " + name() + " " + name()
		}
		names := oneOf(r, "find . | sort", "find . | sort -r", "find d e | sort", "find . ! -type d | sort", "printf '%s\\n' "+name()+" "+name()+" ./"+name())
		options := oneOf(r, "", "d", "d", "d") + oneOf(r, "", "m", "m") + oneOf(r, "", "u") + oneOf(r, "", "v")
		patterns := oneOf(r, "", "", "", " 'd*'", " a l")
		work := names + " | cpio -p" + options + oneOf(r, "", "", " -R 7:8") + " /tmp/o/t" + patterns
		if strings.HasPrefix(names, "printf") { // which of two processes is the first to complain is open
			work += " 2>/dev/null"
		}
		if r.IntN(3) == 0 {
			work = names + " | cpio -o -H newc > /tmp/o/x; cd /tmp/o/t; cpio -i" + options + patterns + " < /tmp/o/x; cpio -F /tmp/o/x -t" + oneOf(r, "", "v 2>/dev/null | cut -c1-30")
		}
		return listed + "{ mkdir -p /tmp/o/s /tmp/o/t; cd /tmp/o/t; " + things() + "; cd ../s; " + things() + "; } 2>/dev/null; " + work + "; echo $?; r /tmp/o/t" +
			"; find /tmp/o/t -type f -exec stat -c '%n %Y' {} + | sort | grep -E ' (7|500|1000000000)$'; rm -r /tmp/o"
	})
}

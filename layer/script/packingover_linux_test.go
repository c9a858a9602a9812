package script

import "testing"

// A directory in the place of a packed file stays there, and zcat ends at the first file that is not packed.
func TestPackingOver(t *testing.T) {
	compareWithBusybox(t, batches(`
mkdir one.gz; gzip -f one; echo $?; gzip one; echo $?; ls -d one*; rmdir one.gz
gzip -k one; mv one one.x; mkdir one; gunzip -f one.gz; echo $?; gunzip one.gz; echo $?; ls -d one*; rmdir one; mv one.x one; rm one.gz
gzip -k one; zcat one two one.gz; echo $?; zcat one.gz two one.gz; echo $?; rm one.gz
gzip -k one; gunzip -c one two; echo $?; zcat missing one.gz; echo $?; gzip -dc one.gz one one.gz; echo $?; rm one.gz
`))
}

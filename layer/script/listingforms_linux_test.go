package script

import "testing"

func TestFormsOfListings(t *testing.T) {
	compareWithBusybox(t, eachLine(`
ls -s one two; ls -s; ls -ls | cut -c1-20; ls -sR dir; ls -sk one; ls -k
ls --color=never; ls --color=auto dir; ls --full-time one two; ls --full-time dir
touch -d @1500000000 one; ls --full-time -l one; ls -n --full-time one; touch -d @1500000001 two; ls --full-time two
ls --group-directories-first; ls -l --group-directories-first | cut -c1-10; ls -r --group-directories-first
cd dir; touch a.c b.a c.b d .x.y z. 'q.' e.tar.gz f.gz; ls -X; ls -aX; ls -rX; ls -X e.tar.gz a.c b.a
cd dir; touch a10 a2 a1 b01 b1 b001 1.10 1.9 v1.2.3 v1.12.0; ls -v; ls -1rv; ls -vt | head -n 1 | wc -l
ls -g one two; ls -ng one; ls -lg dir; ls -go one
ls -lX | cut -c57-; ls -St | head -n 3; ls -tv | wc -l; ls -Sv | head -n 2
`))
}

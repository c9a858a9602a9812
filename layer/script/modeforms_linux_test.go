package script

import "testing"

func TestModeForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
chmod 0 one
chmod 0777 one
chmod 4711 one
chmod 10000 one
chmod 8 one
chmod -1 one
chmod '' one
chmod u one
chmod u+ one; chmod u= two
chmod u+rwxX one
chmod a+X one dir
chmod +X suid empty void
chmod +w empty; chmod =w one; chmod -w two
chmod +s one; chmod u+s one; chmod g+s two; chmod o+s empty
chmod +t dir; chmod u+t one; chmod o+t two; chmod a+t void
chmod u-s suid; chmod g-s dir
chmod = suid; chmod a= dir
chmod u=g two; chmod g=u one; chmod o=g dir
chmod g+u two; chmod go-u one
chmod u+x,g-w,o=r one
chmod u+r+w-x suid
chmod u+x, one
chmod ,u+x one
chmod u+z one
chmod z+x one
chmod u~x one
chmod -- -x suid
chmod -x suid
chmod -rw one
chmod a-rwx,u+rw one two
chmod 644 dir; chmod 600 dir/sub
chmod g-s dir; chmod 0755 dir; chmod 00755 void
chmod -R 700 dir
chmod -R go= dir
chmod -R a+rX,go-w dir
chmod -R u+x link
chmod 600 link; chmod 700 dirlink
chmod -R 700 dirlink
chmod 600 broken
chmod 600 loop
chmod 600 nothing one
chmod -f 600 nothing one
chmod 600
chmod
umask 027; chmod +x one; chmod +w two; chmod =rwx empty; chmod a=rwx attr
chown 1 one
chown 1:2 one
chown 1: one
chown :2 one
chown : one
chown 1.2 one
chown daemon one
chown daemon:adm one
chown daemon: one
chown :adm one
chown nosuch one
chown :nosuch one
chown root:nosuch one
chown '' one
chown 4294967296 one
chown 1 nothing one
chown -f 1 nothing
chown 1 link; chown 2 broken
chown -h 1 link broken
chown -R 1:2 dir
chown -R 1:2 dirlink
chown -RH 1:2 dirlink
chown -RL 1:2 dirlink
chown -RP 1:2 dirlink
chown -Rh 1:2 dir
chown 1:2 suid
chown 1
chown
chgrp 1 one
chgrp adm dir
chgrp -R adm dir
chgrp nosuch one
chgrp -h adm link
chgrp adm
chown 1 one; chmod u+s one; chown 2 one
chmod u=rwx,g=u one
chmod u=,g=u one
chmod u=rx,u=u one
chmod g=rwx,u=g-w one
chmod u-r,g=u one
chmod u+x,go=u one
chmod a=u one
chmod =u two
chmod ug=o,o=u suid
chmod g=u,u=g two
chmod o+u,g-o one
chmod ug+s,o=g suid
chmod u=rwx,go=u-w one
`))
}

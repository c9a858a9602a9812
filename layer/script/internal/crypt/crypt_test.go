package crypt

import (
	"strings"
	"testing"
)

// TestEncrypt: what "openssl passwd -6", -5 and -1 of OpenSSL 3.0 print for the same salts, and of an empty password what busybox made.
func TestEncrypt(t *testing.T) {
	for _, test := range []struct {
		method         *Method
		password, salt string
		want           string
	}{
		{SHA512, "", "DUwojS7HYWgfe0gD", "$6$DUwojS7HYWgfe0gD$7JrJ.rXC.5x1vIEK4d5.W6oCQBzbncGFMoT.Zrr1P6wc4XFEbKSA/FjY7Btb2gMwQx1rCF6FwobynNpZh4B51/"},
		{SHA512, "a", "saltstring", "$6$saltstring$MO53nAXQUKXVLlsbiXyPgMsR6q10N7eF7sPvanwdXnEeCj5kE3eYaRvFv0wVW1UZ4SnNTzc1v4OCOq1ASDQZY0"},
		{SHA512, "Hello world!", "saltstring", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
		{SHA512, strings.Repeat("p", 64), "saltstring", "$6$saltstring$ZmX6nr8Zq.2AgXm2.0XN3Q1BgwxzYMMYCVt1KZnceG4slhT9tXtc1t4dWt4eQ9azhoXoDvOepUeSvsXm1SvQM0"},
		{SHA512, strings.Repeat("q", 255), "saltstring", "$6$saltstring$aRu3xaLiYqAIUQZRk.bGYIXhfK9.vInE/yaruYuQNpbyYdRGHNBCTkWrciMHj8w0NKfy7AUxfhm3ov4p2.LH01"},
		{SHA512, "a", "abcdefghijklmnop", "$6$abcdefghijklmnop$5IETrK7DfmBLCcDDd2uUkHSMDWAJF6Icsj01AxgOg03tQ1u38QhUaKCWDwYi/e/EJYW.XtfPCzI7EG7M7zlvZ."},
		{SHA512, "Hello world!", "abcdefghijklmnop", "$6$abcdefghijklmnop$QHIFY5kc1kz.IbvL93uE1dch/by2Y7vCuMbwuEBxMP1NEAB5NvpcgGSpdKQkNYQUZ54mM9gicC5bYr2OQXmkh."},
		{SHA512, strings.Repeat("p", 64), "abcdefghijklmnop", "$6$abcdefghijklmnop$7oxcxX8ocL8qhAMf5sGkHGs.Y0H4hf/7UHFTPgJbeuYDEgWAQdG6ulbP/3QzbRH9CCrYf9AfIw8NJaaW0aWAa."},
		{SHA512, strings.Repeat("q", 255), "abcdefghijklmnop", "$6$abcdefghijklmnop$YqNwjU81DeAcYghaHZVGZuhwg45pBHQImrNhHY3rk0i.GllPooTcF.ys1.J4IxxZz.PO4xiWBcogOcB9xbiRE."},
		{SHA512, "a", "./", "$6$./$T6gtNa5mz8s6lO.LVe18LiF6lyf.4HSa9jx6f440UPBYeM675lwNnnsjaicWglx2GL.63cogcpi4JlRtNQW57."},
		{SHA512, "Hello world!", "./", "$6$./$Sjgon2GnSMQzlBIqlXucr/Z78/Z.u0yE/xH9sBAZgqmv.bF7wwwHe9I4nHcsB21OIt2ryHak/KTxpuHW516le1"},
		{SHA512, strings.Repeat("p", 64), "./", "$6$./$17jKdRHCzp64wgaRf5.WQbMUKz69KEWREzDUhX5kOj/XlX1s8tfnw.ON3zmco06EU.VxUM3QY37drCXgtrxIB."},
		{SHA512, strings.Repeat("q", 255), "./", "$6$./$2NbfnXyp9QjT39zTELUFr7pqyfwUsyANlqNqwKWA1SebrrFR0.9fqJu3dl0SMD1kpIv7kAu89U3dCEyKSNG3E0"},
		{SHA256, "a", "saltstring", "$5$saltstring$7cz4bTeQ7MnNssphNhFVrITtuJYY/1tdvLL2uzLvOk8"},
		{SHA256, "Hello world!", "saltstring", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
		{SHA256, strings.Repeat("p", 64), "saltstring", "$5$saltstring$HR9tRrL2Pw.be81JAW6ljT475v51n/Kw/fqnRyDt6GC"},
		{SHA256, strings.Repeat("q", 255), "saltstring", "$5$saltstring$6rMEQeE8Jk/I1lm/IO6aGCar0qvTVaCTQQjxGap4FQ8"},
		{SHA256, "a", "abcdefghijklmnop", "$5$abcdefghijklmnop$DPoS.d1vEHDatG9aGvI6mut5WS6yqh2q9mihBYl8JQ/"},
		{SHA256, "Hello world!", "abcdefghijklmnop", "$5$abcdefghijklmnop$WygOm0vZdIKWH9yI98DLdhsSwAIlXFRF1LLg5KLHb58"},
		{SHA256, strings.Repeat("p", 64), "abcdefghijklmnop", "$5$abcdefghijklmnop$0U8HkPz41kM.A/0/lBEzpsQst2dJZFrbV8UFiqzHdvC"},
		{SHA256, strings.Repeat("q", 255), "abcdefghijklmnop", "$5$abcdefghijklmnop$sHBgBR4fEeyruSnJwTVZl.LbtCH/UZy9zVQa.olwjl6"},
		{APR1, "secret", "abcdefgh", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/"},
		{MD5, "", "abcdefgh", "$1$abcdefgh$M55TzYaaccxVGbptZWaxX/"},
		{MD5, "a", "abcdefgh", "$1$abcdefgh$jUYc1Xi7pkozuzWQ0Dft71"},
		{MD5, "Hello world!", "abcdefgh", "$1$abcdefgh$fzmjzFdo5nMtBG8gtud5e0"},
		{MD5, strings.Repeat("p", 64), "abcdefgh", "$1$abcdefgh$YXII7Pu.OoS9QSHlX2TLt0"},
		{MD5, strings.Repeat("q", 255), "abcdefgh", "$1$abcdefgh$wsMAEaB4wpvjOEqUquinX1"},
		{MD5, "", "x", "$1$x$fwjfZtMwarkdetsjiQreU1"},
		{MD5, "a", "x", "$1$x$P8VObTrxaqT4VBmnH06P8."},
		{MD5, "Hello world!", "x", "$1$x$nOgEtOLmf3xhWqibKtjGl."},
		{MD5, strings.Repeat("p", 64), "x", "$1$x$4ePLI2vnJ6iPRhak9uNAm1"},
		{MD5, strings.Repeat("q", 255), "x", "$1$x$nsoMKislvKhFhwUgS.Hq4/"},
	} {
		if got := test.method.Encrypt(test.password, test.salt); got != test.want {
			t.Errorf("%.20q with %q:\n got %s\nwant %s", test.password, test.salt, got, test.want)
		}
	}
}

func TestSalt(t *testing.T) {
	for method, want := range map[*Method]int{MD5: 8, SHA256: 16, SHA512: 16} {
		if salt := method.Salt([]byte(strings.Repeat("\xff\x00", 16))); len(salt) != want || !strings.HasPrefix(salt, "z.z.") {
			t.Errorf("a salt of %q, want %d characters", salt, want)
		}
	}
}

// Package crypt encrypts passwords as crypt(3) does for /etc/shadow: SHA-512 and SHA-256 with their default of 5000 rounds, and MD5.
//
// Sources: "Unix crypt using SHA-256 and SHA-512" by Ulrich Drepper, version 0.6, and crypt(5) for MD5.
package crypt

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strings"
)

// Method is a way to encrypt a password.
type Method struct {
	prefix     string
	saltSize   int // characters
	size       int // bytes of the hash
	newHash    func() hash.Hash
	isMD5      bool
	next, last [3]int // how the order of bytes goes on from three to the next, and the rest
}

// The methods that passwords are encrypted with.
var (
	MD5    = &Method{prefix: "$1$", saltSize: 8, size: md5.Size, newHash: md5.New, isMD5: true}
	APR1   = &Method{prefix: "$apr1$", saltSize: 8, size: md5.Size, newHash: md5.New, isMD5: true} // Apache's own
	SHA256 = &Method{prefix: "$5$", saltSize: 16, size: sha256.Size, newHash: sha256.New, next: [3]int{2, 0, 1}, last: [3]int{-1, 31, 30}}
	SHA512 = &Method{prefix: "$6$", saltSize: 16, size: sha512.Size, newHash: sha512.New, next: [3]int{1, 2, 0}, last: [3]int{-1, -1, 63}}
)

// Named returns the method that busybox and shadow call by a name, such as sha512; nil for another.
func Named(name string) *Method {
	return map[string]*Method{"md5": MD5, "sha256": SHA256, "sha512": SHA512}[strings.ToLower(name)]
}

// MaxPassword is how many bytes a password may have: musl's crypt takes no more.
const MaxPassword = 256

// Cost is about how many bytes a password of n bytes has hashed.
func Cost(n int) int { return 5000 * (2*n + 128) }

const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// Salt makes a salt of bytes.
func (m *Method) Salt(seed []byte) string {
	salt := make([]byte, min(m.saltSize, len(seed)))
	for i := range salt {
		salt[i] = alphabet[seed[i]&63]
	}
	return string(salt)
}

// Encrypt returns what a password is encrypted to, with prefix and salt. The password must not have more than MaxPassword bytes.
func (m *Method) Encrypt(password, salt string) string {
	if len(salt) > m.saltSize {
		salt = salt[:m.saltSize]
	}
	var sum []byte
	if m.isMD5 {
		sum = m.md5(password, salt)
	} else {
		sum = m.sha(password, salt)
	}
	return m.prefix + salt + "$" + m.encode(sum)
}

func (m *Method) sum(parts ...string) []byte {
	h := m.newHash()
	for _, part := range parts {
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// repeated returns n bytes of a hash, again and again.
func repeated(sum []byte, n int) string {
	return strings.Repeat(string(sum), n/len(sum)+1)[:n]
}

func (m *Method) sha(password, salt string) []byte {
	b := m.sum(password, salt, password)
	parts := []string{password, salt, repeated(b, len(password))}
	for n := len(password); n > 0; n >>= 1 {
		if n&1 != 0 {
			parts = append(parts, string(b))
		} else {
			parts = append(parts, password)
		}
	}
	a := m.sum(parts...)
	p := repeated(m.sum(strings.Repeat(password, len(password))), len(password))
	s := repeated(m.sum(strings.Repeat(salt, 16+int(a[0]))), len(salt))
	for i := range 5000 {
		a = m.round(i, a, p, s)
	}
	return a
}

func (m *Method) md5(password, salt string) []byte {
	parts := []string{password, m.prefix, salt, repeated(m.sum(password, salt, password), len(password))}
	for n := len(password); n > 0; n >>= 1 {
		if n&1 != 0 {
			parts = append(parts, "\x00")
		} else {
			parts = append(parts, password[:1])
		}
	}
	a := m.sum(parts...)
	for i := range 1000 {
		a = m.round(i, a, password, salt)
	}
	return a
}

// round hashes the last hash, password and salt in the order of the round.
func (m *Method) round(i int, last []byte, password, salt string) []byte {
	first, second := string(last), password
	if i%2 != 0 {
		first, second = second, first
	}
	parts := []string{first}
	if i%3 != 0 {
		parts = append(parts, salt)
	}
	if i%7 != 0 {
		parts = append(parts, password)
	}
	return m.sum(append(parts, second)...)
}

// encode writes a hash as characters of six bits, in the method's order of bytes.
func (m *Method) encode(sum []byte) string {
	var b strings.Builder
	write := func(value, characters int) {
		for range characters {
			b.WriteByte(alphabet[value&63])
			value >>= 6
		}
	}
	if m.isMD5 {
		for i := range 5 {
			third := 12 + i
			if i == 4 {
				third = 5
			}
			write(int(sum[i])<<16|int(sum[6+i])<<8|int(sum[third]), 4)
		}
		write(int(sum[11]), 2)
		return b.String()
	}
	third := m.size / 3
	at := [3]int{0, third, 2 * third}
	for range third {
		write(int(sum[at[0]])<<16|int(sum[at[1]])<<8|int(sum[at[2]]), 4)
		at = [3]int{at[m.next[0]] + 1, at[m.next[1]] + 1, at[m.next[2]] + 1}
	}
	value, rest := 0, m.size%3
	for _, i := range m.last[3-rest:] {
		value = value<<8 | int(sum[i])
	}
	write(value, rest+1)
	return b.String()
}

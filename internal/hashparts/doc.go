// Package hashparts lets several processors verify one large blob that was hashed before.
//
// A digest is one hash over all of a blob, which one processor computes from the first byte to the last. When a large blob is hashed,
// the cache keeps the states of the hash, one behind each part. The next time, all parts are hashed at once, each from the state that
// should be there before it, and must come to the state that should be there behind it; the last one must come to the digest. That proves
// as much as hashing them in order, and the states need no trust: hashing a part from the right state never gives a wrong one.
package hashparts

// Package transfer holds the patience of Lamina's HTTP clients: apk repositories and OCI registries fail
// in the same ways, and one set of rules decides which failures are worth another try, when, and how often.
//
//   - [IsTransient] and [IsTransientStatus] tell transient failures from permanent ones. [Transient] and
//     [Permanent] mark an error where the caller knows better.
//   - [Tries] counts failures without progress and waits between them: 250 ms, doubled each time, a fifth
//     more or less by chance, or as long as Retry-After says.
//   - [StallTransport] ends a request when the server neither sends nor accepts a byte for a given time, and says
//     before that whom it waits for.
//   - [Resume] continues a body that broke off, from a server that sends ranges.
//
// # Promises
//
// Every loop ends: at most [MaxTries] failures in a row, or [MaxStalls] by time, with less than [MinProgress]
// between them, and no wait above [MaxWait]. The context ends every wait at once. The package verifies no content: its
// callers check size and digest of all they receive.
package transfer

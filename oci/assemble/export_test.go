package assemble

// RecordedIn makes a request of a record.
var RecordedIn = recordedIn

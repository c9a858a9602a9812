// Package packagefile reads packages that "apk add" names by their files in an image, such as those that COPY or a download has put there.
package packagefile

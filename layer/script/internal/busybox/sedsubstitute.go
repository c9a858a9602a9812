package busybox

// substitute goes through the matches from the left, as busybox does: after an empty
// one a character is copied, and what is left is matched on its own.
func (s *sedRun) substitute(cmd *sedCommand) error {
	if cmd.re != nil {
		s.last = cmd.re
	}
	re := s.last
	if re == nil {
		return sedError("no previous regexp")
	}
	text := s.pattern
	m := s.find(re, text, false)
	if m == nil {
		return nil
	}
	var out []byte
	altered, afterEmpty, atEnd := false, true, false
	for count := 1; m != nil; count++ {
		if len(out) > MaxInput {
			return s.c.exceeded("sed: more than %d bytes", MaxInput)
		}
		start, end := m[0], m[1]
		if cmd.which != 0 && cmd.which != count {
			if start == end && end < len(text) {
				end++
			}
			out = append(out, text[:end]...)
			text = text[end:]
		} else {
			out = append(out, text[:start]...)
			if afterEmpty || start != 0 || start != end {
				out = expandReplacement(out, cmd.replacement, text, m)
				if err := s.c.spend(len(out)/64 + len(cmd.replacement)); err != nil {
					return err
				}
				altered = true
			}
			if afterEmpty = start == end; afterEmpty {
				if end < len(text) {
					out = append(out, text[end])
					end++
				} else {
					atEnd = true
				}
			}
			text = text[end:]
			if cmd.which != 0 {
				break
			}
		}
		if len(text) == 0 {
			if atEnd {
				break
			}
			atEnd = true
		}
		if err := s.c.spend(1); err != nil {
			return err
		}
		m = s.find(re, text, true)
	}
	if s.pattern = append(out, text...); len(s.pattern) > MaxInput {
		return s.c.exceeded("sed: more than %d bytes", MaxInput)
	}
	if altered {
		s.substituted = true
		if cmd.print {
			s.put(s.pattern, s.end)
		}
		if cmd.text != "" {
			s.written[cmd.text].put(s.pattern, s.end)
		}
	}
	return nil
}

// expandReplacement appends a replacement, in which "&" and "\1" stand for what was matched.
func expandReplacement(out []byte, replacement string, text []byte, m []int) []byte {
	for i := 0; i < len(replacement) && len(out) <= MaxInput; i++ {
		group := -1
		switch b := replacement[i]; {
		case b == '&':
			group = 0
		case b == '\\' && i+1 < len(replacement):
			i++
			if digit := replacement[i]; '0' <= digit && digit <= '9' {
				group = int(digit - '0')
				break
			}
			out = append(out, replacement[i])
			continue
		default:
			out = append(out, b)
			continue
		}
		if 2*group+1 < len(m) && m[2*group] >= 0 {
			out = append(out, text[m[2*group]:m[2*group+1]]...)
		}
	}
	return out
}

package busybox

import "bytes"

func tac(c *Call) (int, error) {
	_, args, err := c.getopt("", "")
	if err != nil {
		return 0, err
	}
	var printed bytes.Buffer // comes when all is read
	status, err := c.inputs(args, messages{"%s: %s", "%s: Is a directory"}, func(_ string, content []byte) error {
		list, err := c.lines(content)
		if err != nil {
			return err
		}
		for i := len(list) - 1; i >= 0; i-- {
			printed.Write(list[i])
		}
		return nil
	})
	c.Out.Write(printed.Bytes())
	return status, err
}

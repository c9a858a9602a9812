package busybox

func tac(c *Call) (int, error) {
	_, args, err := c.getopt("", nil)
	if err != nil {
		return 0, err
	}
	return c.inputs(args, messages{"%s: %s", "%s: Is a directory"}, func(_ string, content []byte) error {
		list, err := c.lines(content)
		if err != nil {
			return err
		}
		for i := len(list) - 1; i >= 0; i-- {
			c.Out.Write(list[i])
		}
		return nil
	})
}

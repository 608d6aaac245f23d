"""One boot: carries bytes between the machine, the log and the terminal until it is over."""

import contextlib
import os
import selectors
import sys
import termios
import time
import tty

END_KEYS = (b"\x1d", b"\x01x", b"\x01X")  # Ctrl-], Ctrl-A X
POWEROFF_AGAIN = 5  # seconds until "poweroff" is typed again, for a shell that was not ready


@contextlib.contextmanager
def raw_terminal(fd):
    """Every key goes to the guest, until the block ends."""
    before = termios.tcgetattr(fd)
    tty.setraw(fd)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


class Session:
    """result: "ended" (the machine by itself), "over" (we are done), "time" or "person"."""

    def __init__(self, machine, judge, options, log):
        self.machine = machine
        self.judge = judge
        self.options = options
        self.log = log
        self.at_terminal = options.interactive and sys.stdin.isatty()
        self.show = options.verbose or options.interactive or (sys.stdout.isatty() and not options.tap)
        self.sends = list(options.send)
        self.last_keys = b""
        self.answered = None  # the unfinished line that --send has answered
        self.next_poweroff = None

    def run(self):
        """Until the machine ends, the verdict has lingered, time is out or the person ends it."""
        now = time.monotonic()
        time_out = now + self.options.timeout if self.options.timeout else None
        linger_end = None
        with contextlib.ExitStack() as stack:
            selector = stack.enter_context(selectors.DefaultSelector())
            selector.register(self.machine.output, selectors.EVENT_READ, self.take_output)
            selector.register(self.machine.monitor, selectors.EVENT_READ, self.take_event)
            if self.at_terminal:
                stack.enter_context(raw_terminal(sys.stdin.fileno()))
                selector.register(sys.stdin, selectors.EVENT_READ, self.take_keys)
            while True:
                now = time.monotonic()
                if self.judge.verdict and linger_end is None and not self.at_terminal:
                    linger_end = now + self.options.linger
                if linger_end is not None and now >= linger_end:
                    return "over"
                if linger_end is None and time_out is not None and now >= time_out:
                    return "time"
                self.type_poweroff(now, linger_end)
                ends = [t for t in (linger_end or time_out, self.next_poweroff) if t is not None]
                wait = max(0, min(ends) - now) if ends else None
                for key, _ in selector.select(wait):
                    result = key.data(selector)
                    if result:
                        return result

    def type_poweroff(self, now, linger_end):
        """Without a person at the terminal, end an interactive guest as a person would."""
        if not self.options.interactive or self.at_terminal or linger_end is None:
            return
        if self.judge.verdict[0] == 0 and (self.next_poweroff is None or now >= self.next_poweroff):
            self.machine.type(b"poweroff\r")
            self.next_poweroff = now + POWEROFF_AGAIN

    def take_output(self, _selector):
        data = os.read(self.machine.output.fileno(), 65536)
        if not data:
            return "ended"
        if self.log:
            self.log.write(data)
            self.log.flush()
        lines = self.judge.feed(data)
        if self.at_terminal:
            os.write(sys.stdout.fileno(), data)
        elif self.show:
            for line in lines:
                print(line, flush=True)
        self.answer_prompts(lines, self.judge.text.line)
        return None

    def answer_prompts(self, lines, unfinished):
        """Type the text of the next --send when its line has come; one answer for one line."""
        for line in lines + [unfinished]:
            if self.answered and line.startswith(self.answered):
                if line is not unfinished:
                    self.answered = None
            elif self.sends and self.sends[0][0].search(line):
                self.machine.type(self.sends.pop(0)[1])
                self.answered = line if line is unfinished else None

    def take_event(self, selector):
        if not self.machine.monitor.receive():
            selector.unregister(self.machine.monitor)
        elif self.machine.monitor.end_reason and self.options.screenshot:
            return "ended"  # QEMU waits with a still picture
        return None

    def take_keys(self, selector):
        data = os.read(sys.stdin.fileno(), 1024)
        if not data:
            selector.unregister(sys.stdin)
            return None
        if any(keys in self.last_keys + data for keys in END_KEYS):
            return "person"
        self.last_keys = data[-1:]
        self.machine.type(data)
        return None

    def take_rest(self):
        """What is still in the pipe of a machine that ended."""
        os.set_blocking(self.machine.output.fileno(), False)
        with contextlib.suppress(BlockingIOError):
            while not self.take_output(None):
                pass

"""A terminal for the tests, of the size that OVMF takes if no other is said, 100 columns and 31 rows: what is on its
screen after such output.

It knows what the firmware's terminal driver writes: cursor positions (CUP, and steps to either side),
a cleared screen, colours, carriage return, line feed, backspace.
"""

import re

SEQUENCE = re.compile(r"\x1b\[([0-9;?=]*)([A-Za-z])")


class Terminal:
    """screens: how each was before its first line feed, which ends a question, or else before it was
    cleared."""

    def __init__(self, rows=31, columns=100):
        self.rows, self.columns = rows, columns
        self.screens = []
        self.overflow = []  # rows of screens whose last column was written, or that are none
        self.clear()

    def clear(self):
        self.cells = [[" "] * self.columns for _ in range(self.rows)]
        self.bars = set()   # rows with reverse video
        self.row = self.column = 0
        self.reverse = False
        self.used = self.ended = False

    def end_screen(self):
        if self.used and not self.ended:
            self.screens.append(self.text())
        self.ended = True

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells).rstrip()

    def feed(self, text):
        at = 0
        while at < len(text):
            found = SEQUENCE.match(text, at)
            if found:
                self.obey(found.group(2), found.group(1))
                at = found.end()
            else:
                self.put(text[at])
                at += 1
        return self

    def obey(self, final, parameters):
        numbers = [int(n) for n in re.findall(r"\d+", parameters)]
        first = numbers[0] if numbers else 1
        if final == "J":
            self.end_screen()
            self.clear()
        elif final in "Hf":
            if first > self.rows:
                self.overflow.append(first - 1)
            self.row = min(first, self.rows) - 1
            self.column = min(numbers[1] if len(numbers) > 1 else 1, self.columns) - 1
        elif final in "CD":
            self.column = max(0, min(self.columns - 1, self.column + (first if final == "C" else -first)))
        elif final in "AB":
            self.row = max(0, min(self.rows - 1, self.row + (first if final == "B" else -first)))
        elif final == "m":
            for number in numbers or [0]:
                self.reverse = number in (7, 47) or (self.reverse and number in (1, 30))

    def put(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif char == "\n":
            self.end_screen()
            self.row += 1
            if self.row == self.rows:
                self.cells = self.cells[1:] + [[" "] * self.columns]
                self.row -= 1
        elif char >= " ":
            self.used = True
            if self.column == self.columns - 1 and not self.ended:
                self.overflow.append(self.row)
            self.cells[self.row][self.column] = char
            self.column = min(self.column + 1, self.columns - 1)

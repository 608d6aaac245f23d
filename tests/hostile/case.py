"""What a hostile input is: bytes, and what must be said of them."""

from dataclasses import dataclass, field


@dataclass
class Case:
    name: str
    data: bytes                 # of the file that is given to the tool
    says: tuple                 # what its sentence must hold, whatever else
    options: list = field(default_factory=list)
    ending: str = ".ova"
    streamed: bool = False      # found out while the disk is written: it must not start, which is all that is promised
    status: int = 1             # 2: it is the command line that is wrong
    planned: bool = False       # it is written as it is: only a plan for a machine says what is wrong with it
    verifies: bool = True       # verify and deploy say the same; False: only deploy looks at it
    files: dict = field(default_factory=dict)  # more files in its folder, for options: {folder}/NAME

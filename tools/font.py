"""Makes the Korean font for figures: the Hangul of NanumGothic, without Chinese characters, under a name of its own.

    python -m tools.font NanumGothic.ttf

Its licence wants another name for whatever is changed.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from helpers.settings import DATA

FONT = DATA / "fonts" / "CourseHangul.ttf"
NAME = "Course Hangul"
LETTERS = [*range(0x20, 0x7F), *range(0x3000, 0x3020), *range(0x3131, 0x318F), *range(0xAC00, 0xD7A4)]


def make(source: Path, target: Path = FONT) -> None:
    """Write the part of a font that the course needs.

    Args:
        source: a TrueType font with all Hangul syllables.
        target: the file to write.
    """
    font = TTFont(source)
    options = subset.Options(hinting=False, layout_features=[], name_IDs=[0, 13, 14], notdef_outline=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    for number, text in {
        1: NAME,
        2: "Regular",
        4: NAME,
        6: NAME.replace(" ", ""),
        13: "SIL Open Font License 1.1",
    }.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    font.save(target)


if __name__ == "__main__":
    make(Path(sys.argv[1]))

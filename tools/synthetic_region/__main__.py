"""Writes staff, listing, guardians, companies and medicines into `region/`.

    python -m tools.synthetic_region [FOLDER]

Units, providers and roles are written by hand in FOLDER (`region/` if left out) and decide the
rest. Nothing is random: the same source gives the same files, and a test compares them with what
is committed. People and products that tests and examples name stand in `handmade/`.
"""

import sys
from pathlib import Path

from tools.synthetic_region.region import write_region

write_region(Path(sys.argv[1] if len(sys.argv) > 1 else "region"))

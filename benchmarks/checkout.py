"""Makes `bench` and the plugins of this checkout importable, also where nothing is installed but their libraries."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

sys.path += [str(ROOT), *(str(ROOT / "plugins" / kind) for kind in ("fusion", "models"))]

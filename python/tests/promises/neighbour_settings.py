"""Settings of another process of the same site; what differs comes from the environment."""

from __future__ import annotations

import json
import os

from tests.settings import *  # noqa: F403

globals().update(json.loads(os.environ["NEIGHBOUR_SETTINGS"]))

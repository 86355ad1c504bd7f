"""How a process of ours logs: plain lines for people, one JSON object a line for machines."""

import json
import logging
import sys
from typing import Literal

from typing_extensions import override

from asterism.errors import AttestationError, Error

Format = Literal["plain", "json"]


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the error's ID and mismatches."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Error):
            line["error"] = error.error_id
            line["detail"] = error.detail
        if isinstance(error, AttestationError):
            line["mismatches"] = [str(mismatch) for mismatch in error.mismatches]
        return json.dumps(line)


def configure(level: int = logging.INFO, form: Format = "plain") -> None:
    """Log to standard error from now on."""
    handler = logging.StreamHandler(sys.stderr)
    plain = logging.Formatter("%(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if form == "json" else plain)
    logging.basicConfig(level=level, handlers=[handler], force=True)

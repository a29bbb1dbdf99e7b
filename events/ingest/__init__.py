"""Every door leads here: one `ingest()`, one pipeline, one writer.

envelope = decode_batch(decode_body(body, encoding))
receipt = await asyncio.shield(asyncio.wrap_future(ingest(envelope, sender)))
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future

from events.ingest import quota
from events.ingest.decode import Envelope, decode_batch, decode_body, decode_events, decode_single
from events.ingest.outcomes import Receipt
from events.ingest.pipeline import prepare
from events.ingest.sender import Sender
from events.ingest.writer import get_writer, stop_writer

__all__ = [
    "Envelope",
    "Receipt",
    "Sender",
    "decode_batch",
    "decode_body",
    "decode_events",
    "decode_single",
    "get_writer",
    "ingest",
    "on_stored",
    "stop_writer",
]

Listener = Callable[[Sender, Receipt], None]
_listeners: list[Listener] = []

log = logging.getLogger(__name__)


def on_stored(listener: Listener) -> None:
    """Call `listener` after each commit, in the writer's thread: it must be quick, and its errors are only logged."""
    if listener not in _listeners:
        _listeners.append(listener)


def ingest(envelope: Envelope, sender: Sender) -> Future[Receipt]:
    """Take in the events of one request. The future gets the receipt after COMMIT, never an exception.

    Never waits. Raises OverQuota and Overloaded, each with `retry_after` in seconds; then nothing was
    received.
    """
    if envelope.events:
        quota.spend_minute(sender.tenant, len(envelope.events))
    job = prepare(envelope, sender, over_month=quota.over_month(sender.tenant))
    if not envelope.events and job.client is None:
        job.future.set_result(job.receipt())
        return job.future
    future = get_writer().submit(job)
    if _listeners:
        future.add_done_callback(lambda done: _tell(sender, done))
    return future


def _tell(sender: Sender, done: Future[Receipt]) -> None:
    if done.cancelled():
        return
    receipt = done.result()
    if not receipt.stored:
        return
    for listener in _listeners:
        try:
            listener(sender, receipt)
        except Exception:  # a failed publish never fails an ack
            log.exception("A listener of stored events failed")

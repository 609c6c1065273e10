"""The streams, buckets and consumers of the queue, brought about at each connection."""

import logging
from typing import Any

from config.settings import Queue
from jobs.broker import names
from jobs.broker.jetstream import JetStream, Refused
from jobs.job import JobClass

log = logging.getLogger(__name__)

_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND
_NO_CONSUMER = 10014
_DIFFERS = 10058  # a stream of that name has another configuration
_NO_REPLICAS = {10005, 10074, 10023, 10047}  # too few servers, or too little room on them
_REPLICAS = 3
_ROUND = 1024  # names the API gives at once


async def lay_out(connection: JetStream, settings: Queue) -> None:
    """Make what is missing and change what differs. Safe to do at any time, by anyone."""
    replicas = _REPLICAS if len(connection.client.servers) >= _REPLICAS else 1
    for stream in streams(settings):
        await _ensure_stream(connection, stream, replicas)
    for job_class in JobClass:
        # Lanes from before waiting_per_member was made smaller are served until they are empty.
        wanted = {*range(settings.waiting_per_member), *await lanes(connection, job_class)}
        for lane in sorted(wanted):
            await ensure_consumer(connection, names.JOBS, lane_consumer(job_class, lane, settings))


def streams(settings: Queue) -> list[dict[str, Any]]:
    """The configurations of all streams, in the API's words."""
    kept = int(settings.passing_days * _DAY)
    return [
        {
            # `discard_new_per_subject` lets the server say which lane a user's next job has.
            "name": names.JOBS,
            "subjects": ["jobs.>"],
            "retention": "workqueue",
            "max_msgs": settings.waiting_in_all,
            "max_msgs_per_subject": 1,
            "discard_new_per_subject": True,
        },
        {
            # A job has one result: the first. It stays after it is acknowledged, to refuse others.
            "name": names.RESULTS,
            "subjects": ["results.>"],
            "max_age": kept,
            "max_msgs_per_subject": 1,
            "discard_new_per_subject": True,
        },
        {
            "name": names.kv_stream(names.STARTS),
            "subjects": [names.kv_subject(names.STARTS, ">")],
            "max_age": kept,
            "max_msgs_per_subject": 1,
            "allow_rollup_hdrs": True,
            "deny_delete": True,
        },
        # The age limit takes a picture's chunks before its entry, and a job may wait long: twice.
        _bucket(names.PASSING, 2 * kept),
        _bucket(names.LIBRARY, 0),
    ]


def _bucket(name: str, max_age: int) -> dict[str, Any]:
    """An object bucket as all NATS clients know it (ADR-20)."""
    return {
        "name": names.object_stream(name),
        "subjects": [f"$O.{name}.C.>", f"$O.{name}.M.>"],
        "max_age": max_age,
        "allow_rollup_hdrs": True,
    }


async def _ensure_stream(connection: JetStream, wanted: dict[str, Any], replicas: int) -> None:
    """Make or change one stream; a stream that is there keeps its number of replicas."""
    name = wanted["name"]
    config = {"storage": "file", "discard": "new", "allow_direct": True, **wanted}
    try:
        found = await connection.api(f"STREAM.INFO.{name}", {})
    except Refused:
        await _create(connection, config, replicas)
    else:
        config["num_replicas"] = found["config"]["num_replicas"]
        if not _holds(found["config"], config):
            await connection.api(f"STREAM.UPDATE.{name}", config)


async def _create(connection: JetStream, config: dict[str, Any], replicas: int) -> None:
    path = f"STREAM.CREATE.{config['name']}"
    try:
        await connection.api(path, {**config, "num_replicas": replicas})
    except Refused as refused:
        if refused.reason in _NO_REPLICAS and replicas > 1:
            await connection.api(path, {**config, "num_replicas": 1})
        elif refused.reason == _DIFFERS:
            # Another process has just made it, with settings of its own.
            return
        else:
            raise


def _holds(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(found.get(key) == value for key, value in wanted.items())


def lane_consumer(job_class: JobClass, lane: int, settings: Queue) -> dict[str, Any]:
    """The consumer of one lane: a job whose engine shows no life for a lease goes to another."""
    return {
        "durable_name": names.lane_consumer(job_class, lane),
        "filter_subject": names.lane_filter(job_class, lane),
        "ack_wait": int(settings.lease_seconds * _SECOND),
    }


def bot_consumer(bot: str, ack_seconds: float) -> dict[str, Any]:
    """The consumer of one bot's results: what is not acknowledged comes again."""
    return {
        "durable_name": names.result_consumer(bot),
        "filter_subject": names.result_filter(bot),
        "ack_wait": int(ack_seconds * _SECOND),
    }


async def ensure_consumer(connection: JetStream, stream: str, wanted: dict[str, Any]) -> None:
    """Make or change one durable pull consumer; one that outlived its stream's files is made anew.

    Such a consumer remembers more messages than there are, and would not give any until there are
    as many again.
    """
    answer = await _create_consumer(connection, stream, wanted)
    # The stream is asked after its consumer, so without damage it is always ahead.
    found = await connection.api(f"STREAM.INFO.{stream}", {})
    if answer["delivered"]["stream_seq"] <= found["state"]["last_seq"]:
        return
    name = wanted["durable_name"]
    log.error("queue: messages of %s are lost; its consumer %s starts anew", stream, name)
    try:
        await connection.api(f"CONSUMER.DELETE.{stream}.{name}", {})
    except Refused as refused:
        # Another process saw the same.
        if refused.reason != _NO_CONSUMER:
            raise
    await _create_consumer(connection, stream, wanted)


async def _create_consumer(connection: JetStream, stream: str, wanted: dict[str, Any]) -> Any:
    config = {
        "name": wanted["durable_name"],
        "ack_policy": "explicit",
        "deliver_policy": "all",
        "max_deliver": -1,
        "max_ack_pending": -1,
        **wanted,
    }
    path = f"CONSUMER.CREATE.{stream}.{config['name']}.{config['filter_subject']}"
    return await connection.api(path, {"stream_name": stream, "config": config})


async def lanes(connection: JetStream, job_class: JobClass) -> list[int]:
    """The lanes that have a consumer, whoever made it, from the first."""
    answer = await connection.api(f"CONSUMER.NAMES.{names.JOBS}", {"offset": 0})
    assert answer["total"] <= _ROUND, "lanes are 50 at most"
    prefix = f"{job_class}-"
    found = [name.removeprefix(prefix) for name in answer["consumers"] or []]
    return sorted(int(lane) for lane in found if lane.isdigit())

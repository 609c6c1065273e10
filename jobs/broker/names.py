"""Names of streams, buckets, consumers and subjects.

jobs.<class>.<lane>.<user>   a job that waits or is painted
results.<bot>.<job>          how a job ended
progress.<job>               started, a step, a preview; kept nowhere
cancel.<job>                 a member wants it stopped; the engine that paints it answers
bell.<class>                 a job has come; the payload is its lane
beat.<engine>                an engine's sign of life
rollcall                     engines are to beat now
"""

from jobs.job import JobClass

JOBS = "JOBS"
RESULTS = "RESULTS"
STARTS = "starts"
PASSING = "passing"
LIBRARY = "library"

ALL_PROGRESS = "progress.*"
ALL_CANCELS = "cancel.*"
ALL_BELLS = "bell.*"
ALL_BEATS = "beat.*"
ROLLCALL = "rollcall"


def job_subject(job_class: JobClass, lane: int, user: str) -> str:
    """Where a user's nth unfinished job (from 0) waits."""
    return f"jobs.{job_class}.{lane}.{user}"


def lane_of(subject: str) -> int:
    """The lane that a job's subject names."""
    return int(subject.split(".")[2])


def lane_filter(job_class: JobClass, lane: int) -> str:
    """Everyone's jobs in one lane."""
    return f"jobs.{job_class}.{lane}.*"


def user_filter(user: str) -> str:
    """All unfinished jobs of one user."""
    return f"jobs.*.*.{user}"


def lane_consumer(job_class: JobClass, lane: int) -> str:
    """The consumer from which engines take a lane's jobs."""
    return f"{job_class}-{lane}"


def result_subject(bot: str, job_id: str) -> str:
    """Where a job's end is told."""
    return f"results.{bot}.{job_id}"


def result_filter(bot: str) -> str:
    """All results for one bot."""
    return f"results.{bot}.*"


def result_consumer(bot: str) -> str:
    """The consumer that remembers what one bot has answered."""
    return f"bot-{bot}"


def progress_subject(job_id: str) -> str:
    """Where a job's progress is told."""
    return f"progress.{job_id}"


def cancel_subject(job_id: str) -> str:
    """Where a job is asked to stop."""
    return f"cancel.{job_id}"


def bell_subject(job_class: JobClass) -> str:
    """Where engines hear of new jobs."""
    return f"bell.{job_class}"


def beat_subject(engine: str) -> str:
    """Where an engine shows life."""
    return f"beat.{engine}"


def last_token(subject: str) -> str:
    """The job or engine that a subject ends with."""
    return subject.rpartition(".")[2]


def kv_stream(bucket: str) -> str:
    """The stream behind a key-value bucket."""
    return f"KV_{bucket}"


def kv_subject(bucket: str, key: str) -> str:
    """Where a key-value bucket keeps a key."""
    return f"$KV.{bucket}.{key}"


def object_stream(bucket: str) -> str:
    """The stream behind an object bucket."""
    return f"OBJ_{bucket}"

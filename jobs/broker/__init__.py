"""The queue on NATS JetStream: the only place that knows NATS."""

from jobs.address import Address
from jobs.broker.broker import Broker
from jobs.broker.lease import Lease
from jobs.broker.line import Stopped, Ticket, Waiting
from jobs.broker.progress import Feed
from jobs.broker.results import Delivery
from jobs.broker.store import PictureStore

__all__ = [
    "Address",
    "Broker",
    "Delivery",
    "Feed",
    "Lease",
    "PictureStore",
    "Stopped",
    "Ticket",
    "Waiting",
]

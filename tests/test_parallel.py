"""Work ahead of the consumer: in order, not too far, and to its end."""

import threading
import time

import pytest

from bench.data.parallel import ahead


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(workers):
    def work(number):
        time.sleep(0.01 * (5 - number % 5))
        return number * number

    assert list(ahead(work, range(12), workers)) == [number * number for number in range(12)]


def test_no_more_people_are_held_than_there_are_workers_and_one_that_is_written():
    started, used = [], []
    for number in ahead(started.append, range(20), 3):
        used.append(number)
        assert len(started) <= len(used) + 3


def test_people_are_worked_on_at_once():
    meet = threading.Barrier(2, timeout=20)
    list(ahead(lambda _: meet.wait(), range(4), 2))  # it would break if one waited for the other


def test_an_error_ends_the_work_where_it_happens():
    done = []

    def work(number):
        if number == 3:
            raise ValueError("three")
        done.append(number)
        return number

    found = ahead(work, range(100), 2)
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(found)
    assert len(done) < 10

"""Measures how many ECGs of ten seconds at 500 Hz NeuroKit2's ecg_simulate makes per second of CPU time.

    OMP_NUM_THREADS=1 python3 neurokit.py [--seconds 3]

Prints the rates of both methods, ecgsyn and simple, as JSON.
"""

import argparse
import json
import time

import neurokit2


def rate(method, seconds):
    """Returns the records per second of CPU time of one method."""
    make = lambda seed: neurokit2.ecg_simulate(duration=10, sampling_rate=500, method=method, random_state=seed)
    assert len(make(0)) == 5000  # this first call also warms up
    start_s, done = time.process_time(), 0
    while time.process_time() - start_s < seconds or done < 3:
        done += 1
        make(done)
    return done / (time.process_time() - start_s)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=3)
    given = options.parse_args()
    rates = {method: rate(method, given.seconds / 2) for method in ("ecgsyn", "simple")}
    print(json.dumps({"neurokit2": neurokit2.__version__, "recordsPerS": rates}))


if __name__ == "__main__":
    main()

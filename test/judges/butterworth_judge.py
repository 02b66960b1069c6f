"""Filters signals with the Butterworth filter of order 4 of scipy, forwards and backwards.

Input (stdin): JSON {"signals": [signals of one length], "fsHz": rate, "lowHz": edge, "highHz": edge}.
Output (stdout): JSON list of the filtered signals.
"""

import json
import sys

import numpy as np
from scipy.signal import butter, sosfiltfilt

request = json.load(sys.stdin)
rate = request["fsHz"]
sections = butter(4, [request["lowHz"], request["highHz"]], "bandpass", fs=rate, output="sos")
# scipy continues a signal by its odd reflection. Its default length of 27 samples is too short for an edge of 0.5 Hz.
reach = int(2 * rate)
print(json.dumps(sosfiltfilt(sections, np.array(request["signals"]), padlen=reach).tolist()))

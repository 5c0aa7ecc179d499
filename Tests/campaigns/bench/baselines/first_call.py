"""The least that a script with the platform's modules can do: import requests and send something."""

import demistomock as demisto
import requests

requests.post(f"{demisto.params()['url']}/jws/validate", data=b"signed", timeout=60)

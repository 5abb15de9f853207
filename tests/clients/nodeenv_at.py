"""Runs Debian's nodeenv against another site: nodeenv_at.py BASE ARGUMENT...

This version of nodeenv knows no mirror, so its requests to nodejs.org are pointed at BASE.
What it asks for and how it reads the answers stays its own.
"""
import sys

import nodeenv

base = sys.argv[1]
request = nodeenv.urllib2.Request


def request_at_base(url, *arguments, **keywords):
    for origin in ("https://nodejs.org/", "http://nodejs.org/"):
        url = url.replace(origin, base + "/")
    return request(url, *arguments, **keywords)


nodeenv.urllib2.Request = request_at_base
sys.argv = ["nodeenv"] + sys.argv[2:]
nodeenv.main()

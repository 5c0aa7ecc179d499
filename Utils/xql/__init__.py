"""The pack's XQL (rules, correlation rules, dashboards), read and run on events without Cortex XSIAM.

syntax.py reads expressions and stages, functions.py and stages.py say what they do, content.py finds XQL in the pack's
files, pipeline.py takes events through the parsing and the modeling rule, reading.py tells the gate what cannot be read. Only
what the pack uses is known: anything else raises XqlError. Source of the meanings: "XQL language reference" of the Cortex
XSIAM documentation.
"""

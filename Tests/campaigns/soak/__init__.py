"""The soak: a fetch job in a real process, on a local tenant in bad weather, killed at random. `make soak`.

arrivals.py makes events happen, weather.py makes the API fail, job_process.py starts and kills the job, proof.py reads the
job's state folder afterwards, and soak.py is the whole.
"""

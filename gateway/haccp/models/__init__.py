"""Models of what heat and time do to food and to sensors: one file a model, values in, values out.

A trace is a sequence of samples, each (microseconds, Cel), in order of time; between two samples the temperature is
taken as linear. A model takes the samples as the curve: what a gap means is for the rule that asks to decide.

Growth models advise. They never release food.
"""

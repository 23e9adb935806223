"""One file a cost model: what handling a contact costs, in full and avoidable.

Beside what every cost model offers (`voc/registry.py`) it may say: `NEEDS_MINUTES = True` where the price depends on
handle time; `COMMITMENT`, the parameter that holds a committed volume a month, with `volume(contacts, parameters)`,
what counts towards it, and then `price` takes `commitment_ratio`; `paid_minutes(contacts, parameters)`, the paid
staff time behind a contact; `worked(parameters)`, lines of words that show the arithmetic of one contact. Amounts of
money among the parameters are marked `json_schema_extra={"unit": "money a contact"}`: they are what is converted from
another currency. Parameters may hold an array, one value a row, in place of a number.
"""

"""Makes the import of moto cheaper. It has to be imported before moto.

Each session of botocore reads AWS's models, which are megabytes of JSON, and moto creates several sessions
when it is imported: here each model is read once. The garbage collector is off until `imported`, because
it finds nothing while modules are imported.
"""

import gc

from botocore.loaders import JSONFileLoader

gc.disable()
read = JSONFileLoader.load_file
known = {}


def load_file(self, path):
    if path not in known:
        known[path] = read(self, path)
    return known[path]


JSONFileLoader.load_file = load_file


def imported():
    gc.freeze()
    gc.enable()

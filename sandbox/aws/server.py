"""The AWS API emulator of the sandbox: moto's server, with its state kept on disk.

    AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… AWS_DEFAULT_REGION=… \
        server.py --port 20011 --state <folder>

A request must be signed with those keys or with the keys of an IAM user or role (signatures.py). A
user's policies limit what the user may do (permissions.py). The server reports that it is ready after
recordings.py has created the bucket and the role for session recordings. pod_identity.py adds what
moto's EKS lacks.

One pickle holds all backends, because they refer to each other: a load balancer holds the EC2 backend,
and separate pickles would load two copies of it. Keys and certificates of the cryptography library
cannot be pickled, so the state holds them as DER.

The server saves the state within a second of a request that may have changed it, and at shutdown. It
replaces the file as a whole, so a killed server loses at most the last second. Saving takes longer than
answering, so read-only requests do not cause it.
"""

import argparse
import copyreg
import importlib
import io
import os
import pickle
import signal
import sys
import threading
import time

import moto_import  # before moto

import moto
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from moto.backends import get_backend
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.moto_server import werkzeug_app
from moto.route53.models import Route53Backend
from werkzeug.serving import WSGIRequestHandler, make_server

import actions
import permissions
import pod_identity
import recordings
import signatures

moto_import.imported()

SERVICES = (
    *("acm", "autoscaling", "ec2", "eks", "elb", "elbv2", "iam", "kms", "route53", "s3", "sts"),
)
PRIVATE_KEYS = (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey)
PUBLIC_KEYS = (rsa.RSAPublicKey, ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey)
FORMAT = 1
READY = "/sandbox/ready"


# Newer versions of moto have a request handler of their own.
class RequestHandler(getattr(werkzeug_app, "MotoRequestHandler", WSGIRequestHandler)):
    """Logs requests without colours, and leaves out readiness checks."""

    def log_request(self, code="-", size="-"):
        if self.path != READY:
            self.log("info", '"%s" %s', self.requestline, int(code))


def load_private_key(der):
    return serialization.load_der_private_key(der, None)


def load_public_key(der):
    return serialization.load_der_public_key(der)


def load_certificate(der):
    return x509.load_der_x509_certificate(der)


class Pickler(pickle.Pickler):
    """Pickles backends, and moto's registries of backends by name."""

    dispatch_table = copyreg.dispatch_table.copy()

    def persistent_id(self, obj):
        if isinstance(obj, BackendDict):
            return ("service", obj.service_name)
        if isinstance(obj, AccountSpecificBackend):
            return ("account", obj.service_name, obj.account_id)
        return None

    def reducer_override(self, obj):
        if isinstance(obj, PRIVATE_KEYS):
            der = obj.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            return load_private_key, (der,)
        if isinstance(obj, PUBLIC_KEYS):
            der = obj.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return load_public_key, (der,)
        if isinstance(obj, x509.Certificate):
            return load_certificate, (obj.public_bytes(serialization.Encoding.DER),)
        return NotImplemented


class Unpickler(pickle.Unpickler):
    def persistent_load(self, pid):
        backends = get_backend(pid[1])
        return backends if pid[0] == "service" else backends[pid[2]]


def snapshot(services):
    """Every existing backend instance as (service, account, region, backend)."""
    found = []
    for service in services:
        for account, region, backend in get_backend(service).iter_backends():
            found.append((service, account, region, backend))
    return found


def dump(services):
    buffer = io.BytesIO()
    Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(
        {"format": FORMAT, "moto": moto.__version__, "backends": snapshot(services)}
    )
    return buffer.getvalue()


class Store:
    """The state file, and when to save it."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "backends.pickle")
        self.dirty = threading.Event()
        self.lock = threading.Lock()
        self.saving = threading.Lock()
        self.left_out = set()

    def load(self):
        if not os.path.exists(self.path):
            return
        for service in SERVICES:  # pickled classes of a service need its modules
            importlib.import_module(f"moto.{service}.models")
        with open(self.path, "rb") as file:
            try:
                state = Unpickler(file).load()
            except Exception as error:
                sys.exit(
                    f"cannot read {self.path} ({type(error).__name__}: {error}); another version of "
                    "moto may have written it. Reset the sandbox to start without it."
                )
        if state["format"] != FORMAT or state["moto"] != moto.__version__:
            sys.exit(
                f"{self.path} was written by moto {state['moto']} (format {state['format']}), this is "
                f"moto {moto.__version__} (format {FORMAT}). Reset the sandbox to start without it."
            )
        for service, account, region, backend in state["backends"]:
            dict.__setitem__(get_backend(service)[account], region, backend)
        print(f"loaded {len(state['backends'])} backends from {self.path}", flush=True)

    def save(self):
        with self.saving:
            self.dirty.clear()
            started = time.monotonic()
            with self.lock:
                data = self.dump_picklable()
            part = self.path + ".part"
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(data)
            os.replace(part, self.path)
            print(f"saved {len(data)} bytes in {time.monotonic() - started:.2f} s", flush=True)

    def close(self):
        """Saves the changes that no thread has saved yet."""
        with self.saving:
            up_to_date = os.path.exists(self.path) and not self.dirty.is_set()
        if not up_to_date:
            self.save()

    def dump_picklable(self):
        """Pickles all services. Leaves out a service that cannot be pickled, and logs its name once."""
        try:
            return dump([name for name in SERVICES if name not in self.left_out])
        except Exception:
            for service in SERVICES:
                if service in self.left_out:
                    continue
                try:
                    dump([service])
                except Exception as error:
                    self.left_out.add(service)
                    print(f"{service} is not saved: {type(error).__name__}: {error}", flush=True)
            return dump([name for name in SERVICES if name not in self.left_out])

    def save_changes(self):
        while True:
            self.dirty.wait()
            time.sleep(0.7)
            try:
                self.save()
            except Exception as error:
                print(f"saving failed: {type(error).__name__}: {error}", flush=True)


class Application:
    """moto's application. Serves one request at a time, so the state is consistent when it is saved."""

    def __init__(self, store, keys):
        self.keys = keys
        self.ready = threading.Event()
        self.inner = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
        self.store = store

    def __call__(self, environ, start_response):
        if environ.get("PATH_INFO") == READY:
            status = "200 OK" if self.ready.is_set() else "503 Service Unavailable"
            start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return []
        with self.store.lock:
            fault = signatures.fault(environ, self.keys) or permissions.fault(environ)
            if fault is not None:
                answer = signatures.refusal(environ, *fault)
                start_response("403 Forbidden", [("Content-Type", "text/xml")])
                return [answer]
            changing = actions.may_change(environ)
            body = self.inner(environ, start_response)
            try:
                answer = list(body)
            finally:
                if hasattr(body, "close"):
                    body.close()
        if changing:
            self.store.dirty.set()
        return answer


def forget_deleted_records():
    """Lets a deleted record be created again, as in Route 53. moto refuses because its list of
    changes still holds the first creation, so this drops the entries whose record is gone."""
    change = Route53Backend.change_resource_record_sets

    def changed(self, zoneid, change_list):
        zone = self.get_hosted_zone(zoneid)
        existing = {(record.name.rstrip("."), record.type) for record in zone.rrsets}
        for entry in list(zone.rr_changes):
            record = entry["ResourceRecordSet"]
            if (record["Name"].rstrip("."), record["Type"]) not in existing:
                zone.rr_changes.remove(entry)
        return change(self, zoneid, change_list)

    Route53Backend.change_resource_record_sets = changed


def return_descriptions_of_group_rules():
    """Returns the description of a rule whose source is a security group. moto looks for
    descriptions at IP ranges only."""

    def description(self):
        return self.ip_range.get("Description") or self.source_group.get("Description")

    SecurityGroupRule.description = property(description)


def main():
    parser = argparse.ArgumentParser(description="moto's server with its state kept on disk")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", required=True, help="folder for the saved state")
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)
    os.makedirs(options.state, mode=0o700, exist_ok=True)

    try:
        keys = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
        region = os.environ["AWS_DEFAULT_REGION"]
    except KeyError as missing:
        sys.exit(f"{missing.args[0]} is not set")

    forget_deleted_records()
    return_descriptions_of_group_rules()
    pod_identity.add()
    store = Store(options.state)
    store.load()
    application = Application(store, keys)
    server = make_server(
        "127.0.0.1",
        options.port,
        application,
        threaded=True,
        request_handler=RequestHandler,
    )
    threading.Thread(target=store.save_changes, daemon=True).start()

    def prepare():
        try:
            recordings.ensure(options.port, region, keys)
        except Exception as error:
            print(f"not ready: {type(error).__name__}: {error}", flush=True)
            server.shutdown()
        else:
            application.ready.set()

    threading.Thread(target=prepare, daemon=True).start()

    def stop(number, _frame):
        print(f"stopping on {signal.Signals(number).name}", flush=True)
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"listening on 127.0.0.1:{options.port}", flush=True)
    server.serve_forever()
    store.close()
    server.server_close()


if __name__ == "__main__":
    main()

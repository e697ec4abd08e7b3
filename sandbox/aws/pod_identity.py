"""EKS Pod Identity associations, which moto's EKS lacks: the calls, responses and errors of the Amazon
EKS API reference. Each cluster holds its own associations."""

import datetime
import secrets

from moto.core.responses import ActionResult
from moto.eks import urls
from moto.eks.exceptions import ResourceInUseException, ResourceNotFoundException
from moto.eks.responses import EKSResponse

ADDRESS = "{0}/clusters/(?P<name>[^/]+)/pod-identity-associations"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Operations:
    """Operations that moto's dispatcher finds by name."""

    def _associations(self):
        cluster = self.eks_backend.describe_cluster(self._get_param("name"))
        return cluster.__dict__.setdefault("pod_identity_associations", {})

    def _association(self):
        id_ = self._get_param("associationId")
        found = self._associations().get(id_)
        if found is None:
            raise ResourceNotFoundException(message=f"Association {id_} not found")
        return found

    def _given(self, *names):
        given = {name: self._get_param(name) for name in names}
        return {name: value for name, value in given.items() if value is not None}

    def create_pod_identity_association(self):
        cluster = self._get_param("name")
        place = {"clusterName": cluster, **self._given("namespace", "serviceAccount")}
        for other in self._associations().values():
            if place.items() <= other.items():
                id_ = other["associationId"]
                raise ResourceInUseException(message=f"Association already exists: {id_}")
        id_ = f"a-{secrets.token_hex(9)[:17]}"
        backend = self.eks_backend
        region_and_account = f"{backend.region_name}:{backend.account_id}"
        made = {
            **place,
            **self._given("roleArn", "targetRoleArn", "disableSessionTags", "policy"),
            "tags": self._get_param("tags") or {},
            "associationId": id_,
            "associationArn": f"arn:{backend.partition}:eks:{region_and_account}:"
            f"podidentityassociation/{cluster}/{id_}",
            "createdAt": now(),
            "modifiedAt": now(),
        }
        self._associations()[id_] = made
        return ActionResult({"association": made})

    def list_pod_identity_associations(self):
        wanted = self._given("namespace", "serviceAccount").items()
        found = [one for one in self._associations().values() if wanted <= one.items()]
        return ActionResult({"associations": found})

    def describe_pod_identity_association(self):
        return ActionResult({"association": self._association()})

    def update_pod_identity_association(self):
        found = self._association()
        found.update(self._given("roleArn", "targetRoleArn", "disableSessionTags", "policy"))
        found["modifiedAt"] = now()
        return ActionResult({"association": found})

    def delete_pod_identity_association(self):
        found = self._association()
        del self._associations()[found["associationId"]]
        return ActionResult({"association": found})


def add():
    """Adds the operations to moto. Call it before moto's application is created."""
    for name, operation in vars(Operations).items():
        if not name.startswith("__"):
            setattr(EKSResponse, name, operation)
    for end in ("$", "/(?P<associationId>[^/]+)$"):
        urls.url_paths[ADDRESS + end] = urls.response.dispatch

import { type Plain, word } from "../../tables/plain.ts";
import {
  computed,
  flag,
  kept,
  list,
  number,
  replace,
  required,
  text,
} from "../../tables/fields.ts";
import { endpoint } from "../endpoint.ts";

const ID = /^auth\/(.+)\/config$/;

export const kubernetesConfig = endpoint({
  token: "vault:kubernetes/authBackendConfig:AuthBackendConfig",
  identity: { backend: text({ ...replace, default: "kubernetes" }) },
  body: {
    kubernetesHost: text(required),
    kubernetesCaCert: text(computed),
    disableIssValidation: flag(computed),
    disableLocalCaJwt: flag(computed),
    issuer: text(),
    pemKeys: list(text()),
    tokenReviewerJwt: text({ ...kept, secret: true }),
    tokenReviewerJwtWo: text({ writeOnly: true, secret: true }),
    tokenReviewerJwtWoVersion: number(kept),
    useAnnotationsAsAliasMetadata: flag(computed),
  },
  id: (inputs) => `auth/${word(inputs["backend"])}/config`,
  identify(id): Plain | undefined {
    const backend = ID.exec(id)?.[1];
    return backend === undefined ? undefined : { backend };
  },
  form: "auth/kubernetes/config",
  send(body) {
    body["token_reviewer_jwt"] = body["token_reviewer_jwt_wo"] ?? body["token_reviewer_jwt"];
    delete body["token_reviewer_jwt_wo"];
    delete body["token_reviewer_jwt_wo_version"];
  },
  permanent: true,
});

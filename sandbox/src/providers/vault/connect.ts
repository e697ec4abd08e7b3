/** Provider settings → a logged-in Vault client. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setting, type Props } from "../framework.ts";
import { Vault } from "./client.ts";
import { word } from "../tables/plain.ts";

type Login = Record<string, unknown>;

export async function connect(config: Props): Promise<Vault> {
  const text = (key: string, variable?: string): string | undefined => {
    const value = setting(config, key);
    if (value !== undefined) return word(value);
    return variable === undefined ? undefined : process.env[variable];
  };
  const on = (key: string, variable?: string) => /^(true|1)$/i.test(text(key, variable) ?? "");
  const address = text("address", "VAULT_ADDR");
  if (!address) {
    throw new Error(
      'missing required configuration key "vault:address": set the provider\'s address ' +
        "or the environment variable VAULT_ADDR to the root of Vault's URL",
    );
  }
  const caFile = text("caCertFile", "VAULT_CACERT");
  const vault = new Vault({
    address,
    namespace: text("namespace", "VAULT_NAMESPACE"),
    skipTlsVerify: on("skipTlsVerify", "VAULT_SKIP_VERIFY"),
    tlsServerName: text("tlsServerName", "VAULT_TLS_SERVER_NAME"),
    ca: caFile ? readFileSync(caFile, "utf8") : undefined,
    maxRetries: Number(text("maxRetries", "VAULT_MAX_RETRIES") ?? 2),
    headers: headersOf(setting(config, "headers")),
  });
  const token = await login(vault, config, text("token", "VAULT_TOKEN"));
  const authorised = vault.with({ token });
  if (on("skipChildToken", "TERRAFORM_VAULT_SKIP_CHILD_TOKEN")) return authorised;
  return childToken(authorised, {
    ttl: Number(text("maxLeaseTtlSeconds", "TERRAFORM_VAULT_MAX_TTL") ?? 1200),
    name: text("tokenName", "VAULT_TOKEN_NAME") ?? "terraform",
  });
}

function headersOf(value: unknown): Record<string, string> {
  if (!Array.isArray(value)) return {};
  return Object.fromEntries(
    (value as { name: string; value: string }[]).map((header) => [header.name, header.value]),
  );
}

/** A token: from the login that the provider names, its own, or that of `vault login`. */
async function login(vault: Vault, config: Props, token: string | undefined): Promise<string> {
  const method = (key: string): Login | undefined => {
    const value = setting(config, key);
    return typeof value === "object" && value !== null ? (value as Login) : undefined;
  };
  const by = async (login: Login, path: string, body: Login): Promise<string> => {
    const answer = await vault.within(login["namespace"]).write(path, body);
    if (!answer.auth) throw new Error(`logging in to Vault at ${path} gave no token`);
    return answer.auth.client_token;
  };
  const generic = method("authLogin");
  if (generic) return by(generic, word(generic["path"]), (generic["parameters"] ?? {}) as Login);
  const jwt = method("authLoginJwt");
  if (jwt) {
    const mount = word(jwt["mount"] ?? "jwt");
    const body = { role: jwt["role"], jwt: jwt["jwt"] ?? process.env["TERRAFORM_VAULT_AUTH_JWT"] };
    return by(jwt, `auth/${mount}/login`, body);
  }
  const user = method("authLoginUserpass");
  if (user) {
    const mount = word(user["mount"] ?? "userpass");
    const body = { password: user["password"] };
    return by(user, `auth/${mount}/login/${word(user["username"])}`, body);
  }
  const file = method("authLoginTokenFile");
  if (file) return readFileSync(word(file["filename"]), "utf8").trim();
  if (token) return token;
  try {
    return readFileSync(join(homedir(), ".vault-token"), "utf8").trim();
  } catch {
    throw new Error(
      "no vault token set on Client: set the provider's token, VAULT_TOKEN, or one of authLogin*",
    );
  }
}

/** A short-lived child of the given token, as the official provider uses. */
async function childToken(vault: Vault, child: { ttl: number; name: string }): Promise<Vault> {
  try {
    const answer = await vault.write("auth/token/create", {
      display_name: child.name,
      ttl: `${child.ttl}s`,
      explicit_max_ttl: `${child.ttl}s`,
      renewable: false,
    });
    return vault.with({ token: answer.auth?.client_token ?? "" });
  } catch (error) {
    throw new Error(
      `failed to create limited child token: ${(error as Error).message} ` +
        "(skipChildToken of the provider does without one)",
      { cause: error },
    );
  }
}

import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkConfig, parseSettings } from "../../../settings/load";
import { goodSettings } from "./fixture";

describe("Teleport resources in files", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "resource-files-"));
    fs.mkdirSync(path.join(folder, "resources"));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) =>
    fs.writeFileSync(path.join(folder, "resources", file), text);
  const load = (resources: object) => parseSettings({ ...goodSettings(), resources }, folder);
  const problems = (resources: object) =>
    load(resources).problems?.map(({ path: at, message }) => `${at} ${message}`);

  it("join those of the stack file, list by list", () => {
    write("roles.yaml", "roles:\n  dev: { spec: { allow: { logins: [dev] } } }\n");
    write("people.yaml", "users:\n  ada: { spec: { roles: [dev, ops] } }\nroles: {}\n");
    const { settings, problems: found } = load({
      files: ["resources/*.yaml", "resources/roles.yaml"],
      roles: { ops: { spec: { allow: { logins: ["ops"] } } } },
    });
    assert.equal(found, undefined);
    assert.ok(settings.kind === "plane");
    assert.deepEqual(Object.keys(settings.resources.roles), ["ops", "dev"]);
    assert.equal(settings.resources.roles["dev"]?.version, "v8");
    assert.deepEqual(Object.keys(settings.resources.users), ["ada"]);
  });

  it("are reported by their place in the file, with all other problems", () => {
    write("a.yaml", "roles: [dev]\nrole: {}\npresets: [kube-admin]\n");
    write("b.yaml", "roles:\n  dev: { spec: { allow: { login: [dev] } } }\n  ops: { spec: {} }\n");
    write(
      "c.yaml",
      'roles:\n  dev: { spec: {} }\n"users":\n  a.b@c.de: { spec: { roles: [] }, x: 1 }\n',
    );
    write("d.yaml", "users:\n  ada: { spec: { roles: [nobody] }, description: 1_0 }\n");
    write("e.yaml", "");
    assert.deepEqual(
      problems({
        files: ["resources/*.yaml", "resuorces/*.yaml"],
        roles: { ops: { spec: { allow: { logins: ["ops"] } } } },
      }),
      [
        'access-plane:resources.files[1] is "resuorces/*.yaml", which no file matches: did you mean resources?',
        "resources/a.yaml: roles is not a mapping: give it resources by name.",
        "resources/a.yaml: role is not a list of resources: did you mean roles?",
        "resources/a.yaml: presets belongs in the stack file: move it there.",
        "resources/b.yaml: roles.ops is there a second time, after access-plane:resources.roles.ops: remove one of them.",
        "resources/c.yaml: roles.dev is there a second time, after resources/b.yaml: roles.dev: remove one of them.",
        "resources/e.yaml is empty: give it resources by list and name.",
        "resources/b.yaml: roles.dev.spec.allow.login is not a setting: did you mean resources/b.yaml: roles.dev.spec.allow.logins?",
        'resources/c.yaml: users["a.b@c.de"].x is not a setting. Known here: spec, labels, description, keep, ignore.',
        'resources/d.yaml: users.ada.description is 1_0 (a number), must be text; put it in quotes: "1_0".',
        'resources/c.yaml: users["a.b@c.de"] is an e-mail address, but the operator needs the name of a Kubernetes object, which has no @: let a connector or `tctl users add` create that user, or choose another name, such as a.b.',
        'resources/d.yaml: users.ada.spec.roles[0] is "nobody", which is neither declared here nor a preset of Teleport: declare it under resources.roles, or correct it.',
      ],
    );
  });

  it("are no second chance for what the stack file has wrong", () => {
    write("roles.yaml", "roles:\n  dev: { spec: {} }\n");
    assert.deepEqual(problems({ files: ["resources/*.yaml"], roles: ["dev"] }), [
      "access-plane:resources.roles must be a mapping, and is a list.",
    ]);
    assert.match(
      problems({ files: "resources/*.yaml" })?.join() ?? "",
      /^access-plane:resources.files /,
    );
  });
});

describe("a config that the engine cannot pass to the program", () => {
  const config = (count: number) => ({
    "access-plane:clusterName": "lumie-infra.com",
    "access-plane:resources": JSON.stringify({
      users: Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `user-${String(index)}`,
          { spec: { roles: ["<role>"] } },
        ]),
      ),
    }),
  });
  const sizes = (count: number) =>
    checkConfig({ config: config(count) })
      .problems?.map(({ path: at, message }) => `${at} ${message}`)
      .filter((text) => text.includes("KiB"));

  it("is refused, with the section to move into files", () => {
    assert.deepEqual(sizes(1000), []);
    assert.deepEqual(sizes(3000), [
      "access-plane:resources is the largest part of a config of 175 KiB, and the engine passes a program at most " +
        "128 KiB: move apps to files of apps.files, Teleport resources to files of resources.files.",
    ]);
  });
});

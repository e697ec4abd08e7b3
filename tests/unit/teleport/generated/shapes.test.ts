import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { CRD_PLACES, specShapes } from "../../../../teleport/generate/crds";
import { TARGET } from "../../../../teleport/generate/main";
import { render } from "../../../../teleport/generate/render";
import {
  ALL_KINDS,
  COLLECTIONS,
  kindOf,
  ROLE_VERSIONS,
  type TeleportKind,
} from "../../../../teleport/resources/kinds";
import type { Specs } from "../../../../teleport/resources/shape";

describe("shapes generated from the operator's CRDs", () => {
  for (const place of CRD_PLACES) {
    const name = path.relative(".", place);
    it(`are current for ${name}; if not, run \`npm run generate\``, async function () {
      if (!fs.existsSync(place)) {
        console.log(`      ${name} is not here`);
        this.skip();
      }
      assert.equal(fs.readFileSync(TARGET, "utf8"), await render(specShapes(place)));
    });
  }

  it("contain no descriptions", () => {
    for (const comment of fs.readFileSync(TARGET, "utf8").match(/\/\*\*.*|\/\/.*/g) ?? []) {
      assert.match(comment, /Made from|Shape of each kind/);
    }
  });

  it("make a misspelt field a compile error", () => {
    const user: Specs["TeleportUser"] = {
      // @ts-expect-error `rolse` is no field of a user
      rolse: ["dev"],
    };
    const role: Specs["TeleportRoleV8"] = {
      allow: {
        // @ts-expect-error `kubernetes_label` is no field of a role
        kubernetes_label: { "*": "*" },
      },
    };
    // @ts-expect-error a role holds no list of roles
    const other: Specs["TeleportBotV1"] = { roles: "dev" };
    assert.ok([user, role, other].every(Boolean));
  });

  it("cover 21 kinds in 18 collections, and each collection has its kind", () => {
    assert.equal(ALL_KINDS.length, 21);
    assert.equal(COLLECTIONS.length, 18);
    const found = COLLECTIONS.flatMap((collection): TeleportKind[] =>
      collection === "roles"
        ? ROLE_VERSIONS.map((version) => kindOf(collection, version))
        : [kindOf(collection)],
    );
    assert.deepEqual(found.sort(), [...ALL_KINDS].sort());
  });
});

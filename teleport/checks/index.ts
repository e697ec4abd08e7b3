import { allowedValues } from "./allowed-values";
import { appAddresses } from "./app-addresses";
import { autoupdate } from "./autoupdate";
import { connectors } from "./connectors";
import { durations } from "./durations";
import { expressions } from "./expressions";
import { editions } from "./editions";
import type { Check } from "./fault";
import { joinMethods } from "./join-methods";
import { kubernetesResources } from "./kubernetes-resources";
import { labelSelectors } from "./label-selectors";
import { holders, roleReferences } from "./references";
import { requiredParts } from "./required-parts";
import { roleParts } from "./role-parts";
import { ruleResources } from "./rule-resources";
import { secretReferences } from "./secret-references";
import { traitTemplates } from "./traits";

/** Every check of declared resources, by subject. */
export const CHECKS: Readonly<Record<string, Check>> = {
  editions,
  kubernetesResources,
  roleReferences,
  holders,
  joinMethods,
  durations,
  labelSelectors,
  traitTemplates,
  secretReferences,
  appAddresses,
  allowedValues,
  autoupdate,
  requiredParts,
  connectors,
  roleParts,
  expressions,
  ruleResources,
};

#!/usr/bin/env bash
# Writes one comment for each stack in STACKS into the pull request of HEAD at SHA, or edits the one that
# is there. reports/STACK.md was made by the program of `main`; engine/engine-STACK/STACK.md by a
# preview of one of this repository's branches. Files of other names are not read.
# Needs GH_TOKEN, GITHUB_REPOSITORY, HEAD, SHA, STACKS, RUN_URL.
set -euo pipefail

here=$(dirname "$0")
number=$("$here/find-pull-request.sh" | sed 's/^number=//')
[ -n "$number" ] || exit 0
left_out=$(cat reports/left-out 2> /dev/null || echo 0)
[[ $left_out =~ ^[0-9]+$ ]]

comments=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" |
  jq -s '[.[][] | select(.user.login == "github-actions[bot]")]')

for stack in $STACKS; do
  mark="<!-- access-plane report: $stack -->"
  engine="engine/engine-$stack/$stack.md"
  known=$(jq -r --arg mark "$mark" '[.[] | select(.body | startswith($mark)) | .id][0] // empty' <<< "$comments")
  if [ -f "$engine" ] && [ ! -L "$engine" ]; then
    report=$engine
    origin="<!-- engine: $SHA -->
Previewed by the engine with this branch's own code, after approval: [run]($RUN_URL)."
  else
    # The engine's report of the same commit says more; it stays.
    if jq -e --arg mark "$mark" --arg engine "<!-- engine: $SHA -->" \
      'any(.[]; (.body | startswith($mark)) and (.body | contains($engine)))' <<< "$comments" > /dev/null; then
      continue
    fi
    report="reports/$stack.md"
    origin="Planned by the program of \`main\` from this branch's settings, for commit $SHA."
    if [ "$left_out" != 0 ]; then
      origin="$origin

**Not verified:** the branch changes $left_out other files, which are not in this report. What its own code would do is in the summary of [this run]($RUN_URL), which the branch controls."
    fi
  fi
  {
    echo "$mark"
    if [ -f "$report" ]; then
      # Nobody is mentioned by what a report quotes; its own mark is replaced by ours.
      head -c 64000 "$report" | sed '/^<!-- /d' | iconv -c -f utf-8 -t utf-8 | sed 's/@/\&#64;/g'
    else
      echo "## Access plane \`$stack\`"
      echo
      echo "The program of \`main\` cannot plan these settings. The reason is in the log of the workflow \`comment\`."
    fi
    printf '\n---\n%s\n' "$origin"
  } > body.md
  if [ -n "$known" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" -F body=@body.md
  else
    gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" -F body=@body.md
  fi
done

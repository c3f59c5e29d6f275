"""AWS on one machine that enforces IAM: ministack, with what it lacks for the tests that are about permissions.

- `request`: what IAM is told of a request besides what ministack finds out: paths, partition keys, tokens, contexts.
- `iam_mends`: what ministack's IAM lacks.
- `workflow_mends`: what its Step Functions and its EventBridge lack.
- `forwarding`: the services that are somebody else's once IAM has allowed the call.
- `decisions`: every decision, remembered and written down.
- `control`: the endpoints under `/_redress/`.

Whatever reaches into ministack's modules to change them stands in the first five, and has a test beside this folder that
fails once ministack does it by itself.
"""

# Ledger: verification of receipts.
verify-title = Verify a receipt
verify-lead = Choose the file of a receipt and see what it proves. No login is needed, and the file is not kept.
verify-file = File of the receipt
verify-file-hint = The JSON file downloaded from the page of a receipt; it can be dropped here. At most 1 MB.
verify-act = Verify
verify-states = The receipt states
verify-means = What this shows
verify-means-text = Every submission goes into a ledger that only grows. The receipt ties the digest of what was submitted, its time and its place to a signed head of that ledger: change anything, and it no longer verifies. In public the ledger shows places and salted digests only, not who did what when.
verify-offline = On your own computer
verify-offline-text = You need not believe this page. Get the ledger's key, keep it, and verify with the program jiebang, without a network:
verify-command = jiebang verify --key KEYFILE RECEIPT
verify-key = Key of the ledger

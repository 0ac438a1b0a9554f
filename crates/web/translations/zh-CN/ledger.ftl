# 账本：核验回执。
verify-title = 核验回执
verify-lead = 选择一份回执文件，看它证明了什么。不用登录，文件不留存。
verify-file = 回执文件
verify-file-hint = 从回执页下载的 JSON 文件，也可以拖到这里；不超过 1 MB。
verify-act = 核验
verify-states = 回执写明
verify-means = 核验说明什么
verify-means-text = 每次提交都记入一本只增不改的账本。回执把所提交内容的摘要、时间和次序连到签名的检查点，改动任何一处，核验就不能通过。账本对外只有次序和加盐的摘要，从中看不出谁在何时做了什么。
verify-offline = 在自己的电脑上核验
verify-offline-text = 不必相信本页。先取得账本公钥并留存，再用 jiebang 程序核验，不用联网：
verify-command = jiebang verify --key 公钥文件 回执文件
verify-key = 账本公钥

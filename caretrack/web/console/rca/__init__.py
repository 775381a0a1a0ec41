"""Root cause analyses at Care's door (§12): the board, the document, its review, what is tracked
after, requests.
"""

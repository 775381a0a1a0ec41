"""The entrance: pages for people who cannot log in yet, and for anybody who checks a certificate
(§1).
"""

<?php
$config = [];
$config['db_dsnw'] = 'sqlite:///@FOLDER@/roundcube/data/roundcube.sqlite?mode=0600';
$config['des_key'] = '@DES_KEY@';
$config['log_dir'] = '@FOLDER@/roundcube/data/';
$config['temp_dir'] = '@FOLDER@/roundcube/data/';
$config['plugins'] = [];
$config['skin'] = 'elastic';
$config['enable_spellcheck'] = false;
// Minutes. The mailbox stays for as long as Latchkey lets it.
$config['session_lifetime'] = 60;
include __DIR__ . '/latchkey.inc.php';

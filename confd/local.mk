# confd

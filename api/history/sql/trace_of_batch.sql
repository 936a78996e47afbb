SELECT DISTINCT lot FROM movement WHERE destination = 'batch:' || :batch
